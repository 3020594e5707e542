import { type HttpRequest, type HttpResponse, jsonResponse } from '../functions/shared/http.ts';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Keeps other people's web pages away from the API of a server on this machine: a foreign `Host` is DNS rebinding, a
 * foreign `Origin` is a page of another site. Undefined when the request may pass.
 */
export function refuseForeign(request: HttpRequest, port: number): HttpResponse | undefined {
  const hosts = LOOPBACK_NAMES.map((name) => `${name}:${port}`);
  const host = (request.headers.host ?? '').toLowerCase();
  if (!hosts.includes(host)) {
    const message = `Host "${host.slice(0, 100)}" is not this server; use http://127.0.0.1:${port}.`;
    return jsonResponse(403, { error: 'foreign_host', message });
  }
  const { origin } = request.headers;
  if (origin !== undefined && !hosts.some((name) => origin.toLowerCase() === `http://${name}`)) {
    const message = `Pages from "${origin.slice(0, 100)}" may not use this API; open http://127.0.0.1:${port}.`;
    return jsonResponse(403, { error: 'foreign_origin', message });
  }
  if (request.headers['sec-fetch-site'] === 'cross-site') {
    return jsonResponse(403, { error: 'foreign_origin', message: 'Pages of other sites may not use this API.' });
  }
  return undefined;
}
