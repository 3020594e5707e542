import { ACTION_MESSAGES } from './messages-actions.js';
import { LIST_MESSAGES } from './messages-lists.js';
import { PERSON_MESSAGES } from './messages-person.js';
import { QUALITY_MESSAGES } from './messages-quality.js';
import { REVIEW_MESSAGES } from './messages-reviews.js';
import { SOURCE_MESSAGES } from './messages-sources.js';

/**
 * Every sentence of the page, English and Chinese side by side so that neither can be forgotten. `{name}` is filled in by
 * `t`, and `{name|event|events}` chooses by number. Sentences that the server sends (reasons) are in `reasons.js`.
 * @type {Record<string, {en: string, zh: string}>}
 */
export const MESSAGES = {
  'brand.tagline': { en: 'Every channel flows into one river', zh: '百川归一，每个触点汇成一条河' },
  skip: { en: 'Skip to the river', zh: '跳到主要内容' },
  'lang.label': { en: 'Language', zh: '语言' },

  'status.loading': { en: 'Connecting', zh: '正在连接' },
  'status.ready': { en: 'Live', zh: '运行中' },
  'status.seeding': { en: 'Filling with a month of sample traffic', zh: '正在灌入一个月的样例数据' },
  'status.seedingShort': { en: 'Seeding', zh: '灌入中' },
  'status.disconnected': { en: 'Disconnected', zh: '连接已断开' },
  'status.lost': {
    en: 'The server does not answer. What you see is the last known state; the page tries again by itself.',
    zh: '服务没有应答。以下是断开前的状态，页面会自动重连。',
  },
  'status.retry': { en: 'Try now', zh: '立即重连' },

  'clock.title': { en: 'Clock', zh: '时钟' },
  'clock.real': { en: 'real time', zh: '真实时间' },
  'clock.ahead': { en: '{offset} ahead', zh: '快 {offset}' },
  'clock.behind': { en: '{offset} behind', zh: '慢 {offset}' },
  'clock.hour': { en: '+1 hour', zh: '+1 小时' },
  'clock.day': { en: '+1 day', zh: '+1 天' },
  'clock.ten': { en: 'To 10:00 tomorrow', zh: '到明天 10:00' },
  'clock.moved': { en: 'The clock now reads {time}', zh: '时钟已拨到 {time}' },
  'clock.failed': { en: 'The clock did not move: {message}', zh: '时钟没有拨动：{message}' },
  'clock.hint': {
    en: 'Move time forward and watch day-four campaigns decide at once.',
    zh: '拨快时间，第四天才触发的营销马上见分晓。',
  },

  'reset.button': { en: 'Reset…', zh: '重置…' },
  'reset.title': { en: 'Start again from nothing?', zh: '清空并重新开始？' },
  'reset.body': {
    en: 'All events, persons, decisions and lake files in the data folder are deleted. The clock goes back to real time.',
    zh: '数据目录里的事件、用户、决策和数据湖文件都会删除，时钟回到真实时间。',
  },
  'reset.confirm': { en: 'Delete everything', zh: '全部删除' },
  'reset.cancel': { en: 'Keep it', zh: '保留' },
  'reset.done': { en: 'Everything was deleted', zh: '已全部删除' },
  'reset.failed': { en: 'The reset failed: {message}', zh: '重置失败：{message}' },

  'river.title': { en: 'The river', zh: '一川' },
  'river.rate': { en: '{rate} events/s', zh: '{rate} 事件/秒' },
  'river.idle': { en: 'quiet', zh: '静流' },
  'river.pause': { en: 'Pause', zh: '暂停' },
  'river.resume': { en: 'Resume', zh: '继续' },
  'river.channels': { en: 'Channels', zh: '渠道' },
  'stage.collect': { en: 'Collect', zh: '采集' },
  'stage.collect.unit': { en: 'events accepted', zh: '个事件已接收' },
  'stage.collect.detail': {
    en: '{requests} {requests|request|requests} · {refused} refused',
    zh: '{requests} 次请求 · 拒绝 {refused}',
  },
  'stage.clean': { en: 'Clean', zh: '清洗' },
  'stage.clean.unit': { en: 'clean events', zh: '个干净事件' },
  'stage.clean.detail': { en: '{flags} {flags|remark|remarks}', zh: '{flags} 条备注' },
  'stage.quarantine': { en: 'Quarantine', zh: '隔离' },
  'stage.quarantine.unit': { en: 'held back, nothing lost', zh: '个留待处理，一个不丢' },
  'stage.stitch': { en: 'Stitch', zh: '归一' },
  'stage.stitch.unit': { en: 'persons', zh: '位用户' },
  'stage.stitch.detail': {
    en: '{merges} {merges|merge|merges} · {duplicates} {duplicates|duplicate|duplicates}',
    zh: '合并 {merges} 次 · 去重 {duplicates}',
  },
  'stage.lake': { en: 'Lake', zh: '数据湖' },
  'stage.lake.unit': { en: 'rows', zh: '行' },
  'stage.lake.detail': { en: '{files} {files|file|files} · {pending} pending', zh: '{files} 个文件 · 待写 {pending}' },
  'stage.fire': { en: 'Campaigns', zh: '营销' },
  'stage.fire.unit': { en: 'sent', zh: '次已发送' },
  'stage.fire.detail': { en: '{not_sent} not sent · {armed} waiting', zh: '未发送 {not_sent} · 等待中 {armed}' },

  'panel.loading': { en: 'Loading…', zh: '加载中…' },
  'panel.failed': { en: 'Could not load: {message}', zh: '加载失败：{message}' },
  'panel.retry': { en: 'Try again', zh: '重试' },
  'error.network': { en: 'the server does not answer', zh: '服务没有应答' },
  'error.status': { en: 'the server answered {status}', zh: '服务返回 {status}' },

  'channel.web': { en: 'Web', zh: '网站' },
  'channel.app': { en: 'App', zh: 'App' },
  'channel.miniprogram': { en: 'Mini program', zh: '小程序' },
  'channel.store': { en: 'Store', zh: '门店' },
  'channel.crm': { en: 'CRM', zh: 'CRM' },
  'channel.service': { en: 'Service', zh: '客服' },
  'channel.server': { en: 'Server', zh: '服务端' },
  'channel.other': { en: 'Others', zh: '其他' },

  'footer.health': { en: 'Health', zh: '健康检查' },
  'footer.openapi': { en: 'API description', zh: 'API 描述' },
  'footer.note': { en: 'Runs whole on this machine; nothing leaves it.', zh: '全部在本机运行，数据不出本机。' },

  ...LIST_MESSAGES,
  ...QUALITY_MESSAGES,
  ...SOURCE_MESSAGES,
  ...PERSON_MESSAGES,
  ...ACTION_MESSAGES,
  ...REVIEW_MESSAGES,
};
