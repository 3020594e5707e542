import { post } from './api.js';
import { personLink } from './badges.js';
import { byId, h, setText } from './dom.js';
import { formatCount, showValue } from './format.js';
import { language, t } from './text.js';

/** Rows put into the page; the API has its own, higher limit. */
const MAX_ROWS = 200;

/** Queries to start from; each also says what the lake can answer. */
const EXAMPLES = [
  {
    key: 'sql.ex.channels',
    sql: 'SELECT channel, count(*) AS events, count(DISTINCT one_id) AS persons\nFROM events_resolved\nGROUP BY channel\nORDER BY events DESC',
  },
  {
    key: 'sql.ex.names',
    sql: 'SELECT name, count(*) AS events, count(DISTINCT one_id) AS persons\nFROM events_resolved\nGROUP BY name\nORDER BY events DESC\nLIMIT 12',
  },
  {
    key: 'sql.ex.omni',
    sql: 'SELECT one_id, count(DISTINCT channel) AS channels, count(*) AS events\nFROM events_resolved\nGROUP BY one_id\nORDER BY channels DESC, events DESC\nLIMIT 10',
  },
  {
    key: 'sql.ex.decisions',
    sql: 'SELECT campaign, outcome, reason, count(*) AS decisions\nFROM decisions\nGROUP BY campaign, outcome, reason\nORDER BY decisions DESC',
  },
  {
    key: 'sql.ex.quarantine',
    sql: 'SELECT source_id, reason, field, count(*) AS events\nFROM quarantine\nGROUP BY source_id, reason, field\nORDER BY events DESC\nLIMIT 12',
  },
];

/**
 * The SQL box over the lake.
 * @param {{openPerson: (oneId: string) => void}} options
 */
export function createSql({ openPerson }) {
  const text = byId('sql-text', HTMLTextAreaElement);
  const run = byId('sql-run', HTMLButtonElement);
  const result = byId('sql-result');
  const answer = byId('sql-answer');
  text.value = EXAMPLES[0]?.sql ?? '';

  /** @param {import('./api-types.ts').SqlAnswer} found */
  const table = ({ columns, rows }) => {
    const numeric = columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === 'number'));
    const cell = (/** @type {unknown} */ value, /** @type {number} */ i) => {
      if (typeof value === 'number') return value.toLocaleString(language() === 'zh' ? 'zh-CN' : 'en-GB');
      return columns[i] === 'one_id' && typeof value === 'string' ? personLink(value, openPerson) : showValue(value);
    };
    return h(
      'table',
      {},
      h(
        'thead',
        {},
        h('tr', {}, ...columns.map((name, i) => h('th', { scope: 'col', class: numeric[i] && 'right' }, name))),
      ),
      h(
        'tbody',
        {},
        ...rows
          .slice(0, MAX_ROWS)
          .map((row) =>
            h('tr', {}, ...row.map((value, i) => h('td', { class: numeric[i] && 'right number' }, cell(value, i)))),
          ),
      ),
    );
  };

  const ask = async () => {
    const begun = performance.now();
    run.disabled = true;
    setText(answer, t('sql.running'));
    answer.classList.remove('bad');
    try {
      /** @type {import('./api-types.ts').SqlAnswer} */
      const found = await post('/api/sql', { sql: text.value });
      const count = formatCount(Math.min(found.rows.length, MAX_ROWS), language());
      const cut = found.truncated || found.rows.length > MAX_ROWS;
      const ms = Math.max(1, Math.round(performance.now() - begun));
      result.hidden = found.rows.length === 0;
      result.replaceChildren(table(found));
      setText(answer, found.rows.length === 0 ? t('sql.empty') : t(cut ? 'sql.cut' : 'sql.rows', { count, ms }));
    } catch (error) {
      result.hidden = true;
      answer.classList.add('bad');
      setText(answer, error instanceof Error ? error.message : String(error));
    } finally {
      run.disabled = false;
    }
  };

  byId('sql').addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    ask();
  });

  return {
    draw: () => {
      byId('sql-examples').replaceChildren(
        ...EXAMPLES.map(({ key, sql }) => {
          const use = () => {
            text.value = sql;
            ask();
          };
          return h('button', { type: 'button', class: 'chip', onclick: use }, t(key));
        }),
      );
    },
  };
}
