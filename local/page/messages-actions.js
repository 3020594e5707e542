/**
 * The sentences of what support does about identity, and of its record; see `messages.js`.
 * @type {Record<string, {en: string, zh: string}>}
 */
export const ACTION_MESSAGES = {
  'act.label': { en: 'Correct identity', zh: '更正身份' },
  'act.merge': { en: 'Merge…', zh: '合并…' },
  'act.split': { en: 'Split off…', zh: '拆分…' },
  'act.release': { en: 'Release…', zh: '释放…' },
  'act.releaseOne': { en: 'Release {identifier}', zh: '释放 {identifier}' },
  'act.undo': { en: 'Take back…', zh: '撤回…' },
  'act.undoOne': { en: 'Take back: {action}, {date}', zh: '撤回：{action}，{date}' },
  'act.cancel': { en: 'Cancel', zh: '取消' },
  'act.next': { en: 'Continue', zh: '下一步' },
  'act.back': { en: 'Back', zh: '上一步' },
  'act.working': { en: 'Working…', zh: '处理中…' },
  'act.reason': { en: 'Reason', zh: '原因' },
  'act.reasonHint': {
    en: 'Kept for ever with your name. Write no telephone number or address in it.',
    zh: '将与你的名字一起长期保存，请勿写入手机号或地址。',
  },
  'act.noReason': { en: 'Say why: whoever looks at this later will ask.', zh: '请写明原因，以后查看的人会需要它。' },
  'act.by': { en: 'Your name', zh: '你的名字' },
  'act.byHint': { en: 'local operator, if left empty', zh: '留空则记为 local operator' },
  'act.check': { en: 'Please check', zh: '请确认' },

  'merge.title': { en: 'Merge with another person', zh: '与另一位用户合并' },
  'merge.intro': {
    en: 'For one human whom the evidence could not join, such as a customer with two member ids.',
    zh: '用于证据无法归并的同一个人，例如一位顾客有两个会员号。',
  },
  'merge.other': { en: 'Identifier of the other person', zh: '另一位用户的标识' },
  'merge.none': {
    en: 'Nobody holds this identifier. Check it for a slip.',
    zh: '没有用户持有这个标识，请检查是否有误。',
  },
  'merge.self': { en: 'This identifier already belongs to this person.', zh: '这个标识已属于当前用户。' },
  'merge.two': { en: '{one} and {other} become one person.', zh: '{one} 与 {other} 将成为同一人。' },
  'merge.counts': {
    en: 'Together: {identifiers} identifiers and {events} events.',
    zh: '合计 {identifiers} 个标识、{events} 个事件。',
  },
  'merge.undo': {
    en: 'You can take it back at any time; then both are exactly as they were.',
    zh: '随时可以撤回，撤回后两人与之前完全一样。',
  },
  'merge.confirm': { en: 'Merge the two', zh: '确认合并' },
  'merge.done': { en: 'Merged. They are one person now.', zh: '已合并，现在是同一人。' },
  'merge.kept': {
    en: 'Recorded, but the two are not one person: a rule or an earlier declaration keeps them apart. See “Why one”.',
    zh: '已记录，但两者仍不是同一人：有规则或此前的声明要求分开。请看“归一依据”。',
  },

  'split.title': { en: 'Split off identifiers', zh: '拆分标识' },
  'split.intro': {
    en: 'Choose what does not belong to this person. It leaves, and nothing but a verified binding or a merge brings it back.',
    zh: '选择不属于该用户的标识。拆出后，只有经验证的绑定或合并才能让它回来。',
  },
  'split.choose': { en: 'What leaves', zh: '要拆出的标识' },
  'split.none': { en: 'Choose at least one identifier.', zh: '请至少选择一个标识。' },
  'split.all': { en: 'These are all of them; leave at least one.', zh: '不能全部拆出，请至少留下一个。' },
  'split.leaves': { en: 'Leaves: {identifiers}', zh: '拆出：{identifiers}' },
  'split.stays': { en: 'Stays: {identifiers}', zh: '留下：{identifiers}' },
  'split.confirm': { en: 'Split off', zh: '确认拆分' },
  'split.done': {
    en: 'Split off: {count} {count|identifier has|identifiers have} left this person.',
    zh: '已拆分：{count} 个标识离开了该用户。',
  },

  'release.title': { en: 'Release an identifier', zh: '释放标识' },
  'release.intro': {
    en: 'For a telephone number that the operator gave to somebody else, or a device that was sold. What it was seen with until now no longer counts; what comes from now on does.',
    zh: '用于被运营商二次放号的手机号或已转卖的设备。此前的关联不再算数，今后的照常计算。',
  },
  'release.which': { en: 'Identifier', zh: '标识' },
  'release.what': {
    en: '{identifier} leaves this person and starts anew.',
    zh: '{identifier} 将离开该用户，重新开始。',
  },
  'release.history': {
    en: 'Events that it brought go with it. They are not deleted.',
    zh: '它带来的事件随它一起离开，不会删除。',
  },
  'release.confirm': { en: 'Release it', zh: '确认释放' },
  'release.done': {
    en: 'Released. It has left this person and starts anew.',
    zh: '已释放，它已离开该用户，重新开始。',
  },

  'undo.title': { en: 'Take back a change', zh: '撤回变更' },
  'undo.intro': {
    en: 'Everything is then as if it had not been declared. The record of it stays.',
    zh: '撤回后，一切如同未曾声明；记录会保留。',
  },
  'undo.what': { en: '{action} by {who} on {date}: “{why}”', zh: '{who} 于 {date} {action}：“{why}”' },
  'undo.confirm': { en: 'Take it back', zh: '确认撤回' },
  'undo.done': { en: 'Taken back.', zh: '已撤回。' },

  'audit.empty': { en: 'Nobody has changed anything by hand.', zh: '没有人工变更。' },
  'audit.emptyHint': {
    en: 'Merges, splits and releases show here with who did it and why.',
    zh: '合并、拆分和释放会显示在这里，并注明操作人和原因。',
  },
  'audit.undone': { en: 'taken back', zh: '已撤回' },
  'audit.bind': { en: 'Bound together', zh: '绑定' },
  'audit.unbind': { en: 'Split off', zh: '拆分' },
  'audit.release': { en: 'Released', zh: '释放' },
  'audit.merge': { en: 'Merged', zh: '合并' },
  'audit.unmerge': { en: 'Taken back', zh: '撤回' },
  'audit.split': { en: 'Kept apart', zh: '声明分开' },
  'audit.match': { en: 'Linked by the model', zh: '模型归并' },

  'error.kept_apart': {
    en: 'Evidence or the rules keep the two apart, such as two member ids. If they are one human all the same, merge them from the person.',
    zh: '证据或规则要求两者分开，例如有两个会员号。如果确是同一人，请在用户页面合并。',
  },
  'error.not_in_person': {
    en: 'An identifier has left this person meanwhile. Close this and look again.',
    zh: '有标识此间已离开该用户，请关闭后重新查看。',
  },
  'error.nothing_remains': { en: 'Leave at least one identifier.', zh: '请至少留下一个标识。' },
  'error.too_many_pairs': {
    en: 'That is too much at once. Choose fewer identifiers.',
    zh: '一次处理过多，请少选几个标识。',
  },
  'error.person_not_found': { en: 'There is no such person.', zh: '没有这个用户。' },
  'error.identifier_not_found': { en: 'This identifier was never seen.', zh: '从未见过这个标识。' },
  'error.cannot_match': {
    en: 'The data does not suffice for a comparison yet: persons need traits such as name and birthday.',
    zh: '数据还不足以比较：用户需要有姓名、生日等属性。',
  },
};
