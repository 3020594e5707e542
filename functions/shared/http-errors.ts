import type { MiddlewareObj } from '@middy/core';
import { type ApiEvent, type ApiResult, toApiResult } from './api-gateway.ts';
import { jsonResponse } from './http.ts';
import { faultOf } from './safe-error.ts';

/** Answers an unexpected error with 500 and the request's id, under which the log has the error; nothing else leaks. */
export const httpErrors = (): MiddlewareObj<ApiEvent, ApiResult> => ({
  onError: (request) => {
    const { requestId } = request.event.requestContext;
    console.error({ fault: 'request failed', request_id: requestId, ...faultOf(request.error) });
    const body = {
      error: {
        reason: 'internal_error',
        detail: 'The request could not be processed; try again.',
        request_id: requestId,
      },
    };
    request.response = toApiResult(jsonResponse(500, body));
  },
});
