import type { App } from './app.ts';

/** Draws a progress bar on one line of a terminal; a line for every quarter where the output is no terminal. */
export function progressBar(out: NodeJS.WriteStream): (progress: number) => void {
  let shown = -1;
  return (progress) => {
    const percent = Math.floor(progress * 100);
    const step = out.isTTY ? 1 : 25;
    if (percent < shown + step && percent !== 100) return;
    if (percent === shown) return;
    shown = percent;
    const filled = Math.round(percent / 4);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(25 - filled)}`;
    out.write(
      `${out.isTTY ? '\r' : ''}A month of sample traffic flows in  ${bar} ${percent} %${out.isTTY && percent < 100 ? '' : '\n'}`,
    );
  };
}

/** Where everything is, and what to try next. */
export function banner(app: App, url: string): string {
  const { sources, dir } = app;
  return `
Oneriver 一川 is running.

  First page     ${url}/
  Collector      ${url}/v1/track   (Segment HTTP API: track, identify, page, screen, group, alias, batch)
  API            ${url}/api/openapi.json
  Public key     ${sources.keyOf('web')}   (source web: browsers and apps)
  Secret key     ${sources.keyOf('server')}   (source server: your back end)
  Identity       npm run identity-secret -- show web   (signs tokens that say who is signed in)
  Data folder    ${dir}   (keys of all sources: ${dir}/dev.json)

Try next:

  curl -u ${sources.keyOf('web')}: ${url}/v1/track -H 'content-type: application/json' \\
    -d '{"anonymousId":"me","event":"Product Viewed","properties":{"product_id":"sku-1"}}'
  curl '${url}/api/persons?identifier=anonymous_id:me'
  curl ${url}/api/sql -H 'content-type: application/json' -d '{"sql":"SELECT name, count(*) AS n FROM events GROUP BY name ORDER BY n DESC"}'
  curl -X POST ${url}/api/clock -H 'content-type: application/json' -d '{"advance":"P1D"}'

Stop with Ctrl-C; the data stays.
`;
}
