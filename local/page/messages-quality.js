/**
 * The sentences about data quality and the quarantine; see `messages.js`.
 * @type {Record<string, {en: string, zh: string}>}
 */
export const QUALITY_MESSAGES = {
  'quality.title': { en: 'Data quality', zh: '数据质量' },
  'quality.range': { en: '{from} to {to}, {zone}', zh: '{from} 至 {to}，{zone}' },
  'quality.refresh': { en: 'Refresh', zh: '刷新' },
  'quality.refreshed': { en: 'The figures are of {time}.', zh: '数据截至 {time}。' },
  'quality.fine': { en: 'No rule is broken.', zh: '没有规则被触发。' },
  'quality.alarms': { en: 'Broken rules', zh: '被触发的规则' },
  'quality.sources': { en: 'Sources', zh: '数据源' },
  'quality.empty': { en: 'Nothing came in these days.', zh: '这些天没有收到事件。' },
  'quality.emptyHint': {
    en: 'Send the first event from “Try it” below.',
    zh: '用下方的“动手试试”发送第一个事件。',
  },
  'quality.unknown': { en: 'not known who', zh: '来源不明' },
  'quality.severity.error': { en: 'Error', zh: '错误' },
  'quality.severity.warning': { en: 'Warning', zh: '警告' },
  'quality.alarm.share': {
    en: '{value} of {events}; the limit is {threshold}',
    zh: '{events} 个中占 {value}，上限 {threshold}',
  },
  'quality.alarm.volume': {
    en: '{value} of the {events} that are usual; the limit is {threshold}',
    zh: '是平常 {events} 个的 {value}，下限 {threshold}',
  },
  'quality.alarm.late': {
    en: 'one of twenty of {events} came later than {threshold}',
    zh: '{events} 个中每二十个就有一个晚于 {threshold}',
  },
  'quality.since': { en: 'since {time}', zh: '自 {time}' },
  'quality.accepted': { en: 'Accepted', zh: '接收' },
  'quality.quarantined': { en: 'Quarantined', zh: '隔离' },
  'quality.duplicates': { en: 'Duplicates', zh: '重复' },
  'quality.refused': { en: 'Refused', zh: '拒绝' },
  'quality.late': { en: '19 of 20 within', zh: '95% 到达于' },
  'quality.late.beyond': { en: 'over a week', zh: '超过一周' },
  'quality.none': { en: 'none', zh: '无' },
  'quality.picture': {
    en: 'Events by day; a mark shows what the same weekdays before had.',
    zh: '每日事件数；横线为之前同星期几的水平。',
  },
  'quality.day': { en: '{day}: {count} {count|event|events}', zh: '{day}：{count} 个事件' },
  'quality.dayUsual': {
    en: '{day}: {count} {count|event|events}, usual are {expected}',
    zh: '{day}：{count} 个事件，平常 {expected}',
  },
  'quality.today': {
    en: 'Today so far {ratio} of this weekday',
    zh: '今日至今为同星期几的 {ratio}',
  },
  'quality.noPast': { en: 'No earlier weeks to compare with', zh: '还没有往周可比' },

  'quarantine.title': { en: 'Quarantine by cause', zh: '隔离原因' },
  'quarantine.refused': { en: 'Refused at the door', zh: '接收时拒绝' },
  'quarantine.empty': { en: 'Nothing is in quarantine.', zh: '隔离区是空的。' },
  'quarantine.emptyHint': {
    en: 'What is accepted but cannot be used waits here with its original bytes, ready to be replayed.',
    zh: '已接收但暂不能用的事件会连同原始字节留在这里，修好后可以重放。',
  },
  'quarantine.more': { en: 'More causes: GET /api/quarantine/groups', zh: '更多原因见 GET /api/quarantine/groups' },
  'quarantine.seen': { en: 'First {first}, last {last}', zh: '首次 {first}，最近 {last}' },
  'quarantine.examples': { en: 'Latest', zh: '最近的' },
  'quarantine.try': { en: 'Try', zh: '试重放' },
  'quarantine.tryOne': { en: 'Try “{title}” of {source}', zh: '试重放 {source} 的“{title}”' },
  'quarantine.replay': { en: 'Replay', zh: '重放' },
  'quarantine.replayOne': { en: 'Replay “{title}” of {source}', zh: '重放 {source} 的“{title}”' },
  'quarantine.trying': { en: 'Trying…', zh: '正在试…' },
  'quarantine.replaying': { en: 'Replaying…', zh: '正在重放…' },
  'quarantine.allPass': {
    en: 'All {count} would pass now. Nothing was stored.',
    zh: '现在 {count} 个全部可以通过。没有写入任何数据。',
  },
  'quarantine.somePass': {
    en: '{passes} of {count} would pass now. Nothing was stored. Still wrong:',
    zh: '{count} 个中有 {passes} 个现在可以通过。没有写入任何数据。仍有问题：',
  },
  'quarantine.untried': { en: '{count} more were not tried', zh: '另有 {count} 个未试' },
  'quarantine.cannot': {
    en: 'These were applied already or contradict what is there; there is nothing to replay.',
    zh: '这些事件已生效或与已有数据矛盾，无需重放。',
  },
  'quarantine.replayed': {
    en: '{fed} {fed|was|were} fed in again; {left} of them {left|is|are} still here.',
    zh: '已重放 {fed} 个，其中 {left} 个仍在隔离。',
  },
  'quarantine.failed': { en: 'It did not work: {message}', zh: '没有成功：{message}' },
};
