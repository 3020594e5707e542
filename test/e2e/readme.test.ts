import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../support/markdown.ts';
import { ChildServer } from '../support/server.ts';
import { textOf } from '../support/source-tree.ts';

const GUIDES = ['README.md', 'docs/how-to/send-events.md', 'docs/how-to/correct-identities.md'];

/** Stops at the first command that fails; each answer stands on a line of its own. */
const PREAMBLE = `set -euo pipefail
curl() { command curl -sS --fail-with-body --max-time 30 "$@"; echo; }
`;

/** The blocks that talk to the server, in order, as one script: the reader pastes them one after the other. */
const scriptOf = (path: string): string =>
  PREAMBLE +
  blocksOf(textOf(path), 'sh')
    .filter((block) => /\$URL|^URL=/.test(block))
    .join('\n');

async function bash(script: string, cwd: string): Promise<{ code: number; output: string; errors: string }> {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  const child = spawn('bash', ['-c', script], { cwd, env: { ...process.env, PATH: path } });
  const text = { output: '', errors: '' };
  child.stdout.on('data', (chunk) => {
    text.output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    text.errors += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code: Number(code), ...text };
}

describe.each(GUIDES)('%s, pasted block by block', (path) => {
  let server: ChildServer;
  let folder: string;
  beforeAll(async () => {
    server = await ChildServer.start();
    folder = mkdtempSync(join(tmpdir(), 'oneriver-readme-'));
    symlinkSync(server.dir, join(folder, 'data'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  it('works', async () => {
    const { code, output, errors } = await bash(scriptOf(path), folder);
    expect({ code, errors }, output).toEqual({ code: 0, errors: '' });
    if (path !== 'README.md') return;
    const member = await server.person({ identifier: 'anonymous_id:cookie-1' });
    expect(await server.person({ identifier: 'phone:13800138000' })).toEqual(member);
    expect(member.identifiers.map(({ type }) => type).sort()).toEqual(['anonymous_id', 'phone', 'user_id']);
    expect(output).toContain('"subject":"sku-4","outcome":"sent"');
    expect(output).toContain('"template":"product-coupon"');
    expect(output).toContain('"field":"/properties/total"');
  });
});
