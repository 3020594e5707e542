import { type HttpRequest, type HttpResponse, jsonResponse } from '../../functions/shared/http.ts';
import type { Connectors } from './connectors.ts';

/** `GET /api/connectors`: how it stands with each source that is fetched for. */
export const listConnectors = (
  _: HttpRequest,
  { app }: { readonly app: { readonly connectors: Pick<Connectors, 'states'> } },
): HttpResponse => jsonResponse(200, { connectors: app.connectors.states() });
