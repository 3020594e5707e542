import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { type ApiEvent, type ApiResult, toApiResult, toHttpRequest } from '../shared/api-gateway.ts';
import { httpErrors } from '../shared/http-errors.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { depsForRequest, qualityNow } from './aws-deps.ts';
import { isQualityTask, type QualityTask, reportQuality } from './quality-task.ts';
import { serve } from './serve.ts';

/** One request to the API. Who may call at all is the authorizer's business. */
const api = middy<ApiEvent, ApiResult>()
  .use(httpErrors())
  .handler(async (event) => toApiResult(await serve(toHttpRequest(event), await depsForRequest(event))));

const watch = middy<QualityTask, void>()
  .use(safeErrors())
  .handler(() => reportQuality(qualityNow()));

/** A request to the API, or the hourly look at the rules of data quality. */
export const handler = (event: ApiEvent | QualityTask, context: Context) =>
  isQualityTask(event) ? watch(event, context) : api(event, context);
