/**
 * The sentences of the panels below the river; see `messages.js`.
 * @type {Record<string, {en: string, zh: string}>}
 */
export const LIST_MESSAGES = {
  'events.title': { en: 'Just arrived', zh: '刚刚到达' },
  'events.time': { en: 'Time', zh: '时间' },
  'events.channel': { en: 'Channel', zh: '渠道' },
  'events.name': { en: 'Event', zh: '事件' },
  'events.outcome': { en: 'Became', zh: '去向' },
  'events.person': { en: 'Person', zh: '用户' },
  'events.empty': { en: 'Nothing has arrived yet.', zh: '还没有事件到达。' },
  'events.emptyHint': { en: 'Send the first event from “Try it” below.', zh: '用下方的“动手试试”发送第一个事件。' },
  'events.unknownPerson': { en: 'nobody', zh: '无归属' },
  'outcome.accepted': { en: 'stitched', zh: '已归一' },
  'outcome.duplicate': { en: 'duplicate', zh: '重复' },
  'outcome.quarantined': { en: 'quarantined', zh: '已隔离' },

  'persons.title': { en: 'Persons', zh: '用户' },
  'persons.search': { en: 'Find by identifier', zh: '按标识查找' },
  'persons.placeholder': {
    en: 'Phone, e-mail, member id, cookie or One ID',
    zh: '手机、邮箱、会员号、Cookie 或 One ID',
  },
  'persons.find': { en: 'Find', zh: '查找' },
  'persons.badQuery': {
    en: 'Type a phone number, an e-mail address, a member id, a cookie or a One ID.',
    zh: '请输入手机号、邮箱、会员号、Cookie 或 One ID。',
  },
  'persons.hint': {
    en: 'Or exactly, as type:value, such as openid:wx1f0a2b3c4d5e6f70:oABC.',
    zh: '也可以写成 类型:值，例如 openid:wx1f0a2b3c4d5e6f70:oABC。',
  },
  'persons.notFound': {
    en: 'Nobody holds this identifier. Check it for a slip, or try another one of the customer.',
    zh: '没有用户持有这个标识。请检查是否有误，或换该顾客的另一个标识。',
  },
  'persons.empty': { en: 'No persons yet.', zh: '还没有用户。' },
  'persons.emptyHint': {
    en: 'The first event with an identifier makes the first person.',
    zh: '第一个带标识的事件会产生第一位用户。',
  },
  'persons.events': { en: '{count} {count|event|events}', zh: '{count} 个事件' },

  'campaigns.title': { en: 'Campaigns', zh: '营销' },
  'campaigns.sent': { en: '{count} sent', zh: '已发送 {count}' },
  'campaigns.notSent': { en: '{count} not sent', zh: '未发送 {count}' },
  'campaigns.decisions': { en: 'Latest decisions', zh: '最近决策' },
  'campaigns.outbox': { en: 'Outbox', zh: '发件箱' },
  'campaigns.empty': { en: 'No campaign has decided yet.', zh: '还没有营销决策。' },
  'campaigns.emptyHint': {
    en: 'Move the clock to 10:00 tomorrow to see the first one.',
    zh: '把时钟拨到明天 10:00 就能看到第一条。',
  },
  'campaigns.noOutbox': { en: 'No message has gone out.', zh: '还没有消息发出。' },

  'sql.title': { en: 'Ask the lake', zh: '问数据湖' },
  'sql.label': { en: 'SQL, one SELECT', zh: 'SQL（一条 SELECT）' },
  'sql.run': { en: 'Run', zh: '运行' },
  'sql.running': { en: 'Running…', zh: '运行中…' },
  'sql.hint': { en: 'Ctrl + Enter runs it', zh: 'Ctrl + Enter 运行' },
  'sql.examples': { en: 'Examples', zh: '示例' },
  'sql.rows': { en: '{count} {count|row|rows} in {ms} ms', zh: '{count} 行，{ms} 毫秒' },
  'sql.cut': { en: '{count} rows shown, more exist', zh: '显示前 {count} 行，还有更多' },
  'sql.empty': { en: 'The query ran and gave no rows.', zh: '查询成功，没有结果行。' },
  'sql.result': { en: 'Query result', zh: '查询结果' },
  'sql.ex.channels': { en: 'Events by channel', zh: '各渠道事件' },
  'sql.ex.names': { en: 'What people do', zh: '用户在做什么' },
  'sql.ex.omni': { en: 'Most omnichannel persons', zh: '跨渠道最多的用户' },
  'sql.ex.decisions': { en: 'Why not sent', zh: '为何未发送' },
  'sql.ex.quarantine': { en: 'Who sends dirt', zh: '脏数据来源' },

  'try.title': { en: 'Try it', zh: '动手试试' },
  'try.intro': { en: 'Point the SDK you already have at this address.', zh: '把你现有的 SDK 指向这个地址即可。' },
  'try.address': { en: 'Address', zh: '地址' },
  'try.key': { en: 'Public write key', zh: '公开写入密钥' },
  'try.copy': { en: 'Copy', zh: '复制' },
  'try.copied': { en: 'Copied', zh: '已复制' },
  'try.copyFailed': { en: 'Copying was not allowed; select the text instead.', zh: '浏览器不允许复制，请手动选取。' },
  'try.send': { en: 'Send one now', zh: '立即发送一个' },
  'try.sent': { en: 'Accepted. It is on its way down the river.', zh: '已接收，正顺流而下。' },
  'try.failed': { en: 'Not accepted: {message}', zh: '未被接收：{message}' },
  'try.snippets': { en: 'Snippets', zh: '代码片段' },
};
