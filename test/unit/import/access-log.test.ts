import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memoryFile, rowsOf } from '../../support/import-files.ts';

const rows = async (...given: Parameters<typeof rowsOf>) => (await rowsOf(...given)).flatMap((part) => part.rows);

describe('access logs', () => {
  const recorded = (name: string) => memoryFile(name, readFileSync(join('test/recordings/nginx-access-log', name)));

  it('of nginx are read as they were recorded, with escapes, a user of two words and a line that is no request', async () => {
    const [part] = await rowsOf(recorded('combined.log'));
    expect(part?.format).toBe('nginx');
    const read = part?.rows.map((one) => one.problem ?? one.row) ?? [];
    expect(read[0]).toMatchObject({
      time: '2026-11-22T02:45:07+00:00',
      ip: '127.0.0.1',
      path: '/p/1',
      query: 'utm_source=wechat&q=%E7%8C%B4%E5%AD%90',
      status: 200,
    });
    expect(read[1]).toMatchObject({ user_agent: 'weird "quoted" \\ UA\ttab 猴子' });
    expect(read[2]).toMatchObject({ user: 'zhang san', path: '/auth' });
    expect(read.every((row) => !('reason' in row))).toBe(true);
    const [json] = await rowsOf(recorded('json.log'));
    expect(json?.format).toBe('nginx_json');
    expect(json?.rows[0]).toMatchObject({
      row: { path: '/p/1', request_id: '8a99fd38b0ed5d5ba6305bdda6d46d9a', seconds: 0 },
    });
    expect(json?.rows.length).toBe(part?.rows.length);
  });

  it('of CloudFront are read by their own list of fields, which may change in the middle', async () => {
    const text = [
      '#Version: 1.0',
      '#Fields: date time c-ip cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent) cs-uri-query cs(Cookie) x-edge-request-id x-host-header',
      '2026-11-22\t02:45:07\t192.0.2.1\tGET\td1.cloudfront.net\t/p/1\t200\tMozilla/5.0%2520(X11)\tq=1\tuid=u1;%20a=b\tEDGE1\tshop.example.com',
      '#Fields: date time cs-uri-stem',
      '2026-11-22\t02:45:08\t/app.js',
    ].join('\n');
    expect(await rows(memoryFile('E1.gz', gzipSync(text)))).toEqual([
      {
        n: 1,
        row: {
          time: '2026-11-22T02:45:07Z',
          ip: '192.0.2.1',
          method: 'GET',
          path: '/p/1',
          status: 200,
          user_agent: 'Mozilla/5.0 (X11)',
          query: 'q=1',
          cookie: 'uid=u1; a=b',
          request_id: 'EDGE1',
          host: 'shop.example.com',
        },
      },
      { n: 2, row: { time: '2026-11-22T02:45:08Z', path: '/app.js' } },
    ]);
  });

  it('of a load balancer are read by position', async () => {
    const line =
      'https 2026-11-22T02:45:07.186641Z app/lb/50dc 192.0.2.9:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://shop.example.com:443/p/1?uid=u1 HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn "Root=1" "d" "arn" 1 2018 "forward" "-" "-" "-"';
    expect(await rows(memoryFile('lb.log', Buffer.from(`${line}\n`)))).toEqual([
      {
        n: 1,
        row: {
          time: '2026-11-22T02:45:07.186641Z',
          ip: '192.0.2.9',
          method: 'GET',
          path: '/p/1',
          query: 'uid=u1',
          host: 'shop.example.com',
          status: 200,
          bytes: 57,
          user_agent: 'curl/7.46.0',
        },
      },
    ]);
  });
});
