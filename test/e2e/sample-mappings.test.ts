import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { xlsxOf } from '../support/import-files.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { ROOT } from '../support/source-tree.ts';

const FOLDER = join(ROOT, 'schemas/mappings');
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''));
/** A file is found within a second and rests for two. */
const LANDED = { timeout: 30_000, interval: 100 };

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const put = (name: string) => {
  const { mapping: _, version: __, ...fields } = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
  return server.send(`/api/mappings/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fields, reason: 'Try the sample.' }),
  });
};

async function source(source_id: string, mapping: string): Promise<void> {
  const made = await server.post('/api/sources', {
    source_id,
    name: source_id,
    owner: 'tests',
    channel: 'store',
    class: 'secret',
    default_region: 'CN',
    time_zone: 'Asia/Shanghai',
    allowed_origins: [],
    mapping,
    reason: 'Tests.',
  });
  expect(made.status, made.text).toBe(201);
}

async function imported(source_id: string, name: string, bytes: string | Buffer) {
  const folder = join(server.dir, 'landing', source_id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.part`), bytes);
  renameSync(join(folder, `${name}.part`), join(folder, name));
  const path = join(folder, 'done', `${name}.report.json`);
  await vi.waitFor(() => expect(existsSync(path)).toBe(true), LANDED);
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('the sample mappings', () => {
  it('are put in force as they ship', async () => {
    for (const name of NAMES) {
      const answer = await put(name);
      expect([name, answer.status], answer.text).toEqual([name, 200]);
    }
    expect((await server.get('/api/mappings')).json.mappings).toHaveLength(NAMES.length);
  });

  it('read the receipts of a till from its file: two events of one row, none of another', async () => {
    await source('till', 'pos-csv');
    const csv = [
      '小票号,门店,交易时间,会员号,手机号,类型,商品明细,实收,支付方式,券号,收银员',
      '1,天河店,2026年11月20日 10:05,m-77,138 0013-8000,销售,P100|陶瓷杯|2|49.50,"￥1,099.00",微信,C10,08',
      '2,天河店,2026-11-20 12:00,m-77,,退货,P100|陶瓷杯|1|49.50,-49.50,微信,,08',
      '3,天河店,2026-11-20 12:10,m-77,,销售,P100|陶瓷杯|1|49.50,49.50,现金,,培训',
    ].join('\r\n');
    expect(await imported('till', 'receipts.csv', `\uFEFF${csv}\r\n`)).toMatchObject({ outcome: 'done', rows_read: 3 });
    const rows = await server.sql(
      `SELECT name, owner, occurred_at, json_extract_string(properties, '$.total') FROM events
       WHERE source_id = 'till' ORDER BY occurred_at, name`,
    );
    expect(rows.map(([name, owner, at, total]) => [name, owner, String(at).slice(0, 16), total])).toEqual([
      ['Coupon Redeemed', 'user_id:m-77', '2026-11-20T02:05', null],
      ['Order Completed', 'user_id:m-77', '2026-11-20T02:05', '1099'],
      ['Order Refunded', 'user_id:m-77', '2026-11-20T04:00', '49.5'],
    ]);
  });

  it('read members from a workbook, with their ids on every platform', async () => {
    await source('members', 'crm-excel');
    const cell = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
    const row = (...texts: string[]): string => `<row>${texts.map(cell).join('')}</row>`;
    const sheet = [
      row(
        '会员编号',
        '姓名',
        '手机',
        '生日',
        '等级',
        '积分',
        '微信UnionID',
        '小程序OpenID',
        '天猫OUID',
        '京东PIN',
        '状态',
      ),
      row(
        'm-77',
        '张三',
        '138-0013-8000',
        '1956年5月1日',
        '金卡',
        '1,280',
        'oU_77',
        'oM_77',
        'AAHt77',
        'jd_77',
        '正常',
      ),
      row('m-79', '王五', '', '', '', '', '', '', '', '', '注销'),
    ].join('');
    const report = await imported('members', 'members.xlsx', await xlsxOf({ 会员: sheet }));
    expect(report).toMatchObject({ outcome: 'done', rows_read: 2 });
    const person = await server.person({ identifier: 'user_id:m-77' });
    expect(person.identifiers.map(({ type }) => type).sort()).toEqual([
      'jd_pin',
      'openid',
      'order_id',
      'order_id',
      'phone',
      'tmall_ouid',
      'unionid',
      'user_id',
    ]);
    const [[traits] = []] = await server.sql(`SELECT traits FROM events WHERE source_id = 'members'`);
    expect(JSON.parse(String(traits))).toMatchObject({ level: 'gold', points: 1280 });
    expect(await server.sql(`SELECT count(*) FROM quarantine WHERE source_id IN ('till', 'members')`)).toEqual([[0]]);
  });
});
