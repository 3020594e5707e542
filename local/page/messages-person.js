/**
 * The sentences about one person and the evidence behind it; see `messages.js`.
 * @type {Record<string, {en: string, zh: string}>}
 */
export const PERSON_MESSAGES = {
  'person.title': { en: 'Person', zh: '用户' },
  'person.close': { en: 'Close', zh: '关闭' },
  'person.views': { en: 'About this person', zh: '用户详情' },
  'person.tab.profile': { en: 'Profile', zh: '档案' },
  'person.tab.why': { en: 'Why one', zh: '归一依据' },
  'person.tab.events': { en: 'Events', zh: '事件' },
  'person.tab.changes': { en: 'Changes', zh: '变更记录' },
  'person.isolated.shared': {
    en: 'Shared identifier: it was seen with several members, as a family tablet or a till is. So it joins nobody.',
    zh: '共享标识：它与多位会员一起出现过（如家庭平板、收银机），因此不归并到任何人。',
  },
  'person.isolated.degree': {
    en: 'Crowded identifier: it was seen with more others than one human has. So it joins nobody.',
    zh: '关联过多：与它一起出现的标识多得不像一个人，因此不归并到任何人。',
  },
  'person.isolated.blocked': {
    en: 'Blocked identifier: the rules name it as a placeholder. So it joins nobody.',
    zh: '已屏蔽：身份规则把它列为占位值，因此不归并到任何人。',
  },
  'person.mark.shared': { en: 'shared', zh: '共享' },
  'person.mark.degree': { en: 'crowded', zh: '关联过多' },
  'person.mark.blocked': { en: 'blocked', zh: '已屏蔽' },
  'person.sharedDevices': { en: 'Also used, together with others', zh: '与他人共用' },
  'person.seen': {
    en: '{count} {count|event|events} since {first}, the last {last}',
    zh: '{first} 起共 {count} 个事件，最近一次 {last}',
  },
  'person.identifiers': { en: 'Identifiers', zh: '标识' },
  'person.since': { en: 'since {date}', zh: '{date} 起' },
  'person.traits': { en: 'Traits', zh: '属性' },
  'person.said': { en: '{source}, {date}', zh: '{source}，{date}' },
  'person.agrees': { en: '{sources} {count|says|say} the same', zh: '{sources} {count|的说法相同|的说法都相同}' },
  'person.won.verified': { en: 'chosen because it is verified, over', zh: '因已验证而采用，未采用' },
  'person.won.priority': { en: 'chosen because its source ranks higher, over', zh: '因来源优先级更高而采用，未采用' },
  'person.won.time': { en: 'chosen because it is newer, over', zh: '因时间更新而采用，未采用' },
  'person.tags': { en: 'Tags', zh: '标签' },
  'person.consents': { en: 'Consents', zh: '授权' },
  'person.granted': { en: 'granted', zh: '已同意' },
  'person.denied': { en: 'refused', zh: '已拒绝' },
  'person.yes': { en: 'yes', zh: '是' },
  'person.no': { en: 'no', zh: '否' },
  'person.none': { en: 'None', zh: '无' },
  'person.noEvents': {
    en: 'No events yet: this person is known from declarations only.',
    zh: '还没有事件：目前只有声明。',
  },

  'type.user_id': { en: 'Member ID', zh: '会员号' },
  'type.phone': { en: 'Phone', zh: '手机' },
  'type.email': { en: 'E-mail', zh: '邮箱' },
  'type.unionid': { en: 'WeChat union ID', zh: '微信 UnionID' },
  'type.openid': { en: 'WeChat openid', zh: '微信 OpenID' },
  'type.external_userid': { en: 'WeCom contact', zh: '企业微信客户' },
  'type.douyin_openid': { en: 'Douyin', zh: '抖音' },
  'type.tmall_ouid': { en: 'Tmall', zh: '天猫' },
  'type.jd_pin': { en: 'JD', zh: '京东' },
  'type.device_id': { en: 'Device', zh: '设备' },
  'type.anonymous_id': { en: 'Cookie', zh: 'Cookie' },

  'why.intro': {
    en: 'Choose two identifiers to see every step that ties them together.',
    zh: '选择两个标识，查看把它们连在一起的每一步。',
  },
  'why.from': { en: 'From', zh: '从' },
  'why.to': { en: 'To', zh: '到' },
  'why.own': { en: 'Of this person', zh: '该用户的标识' },
  'why.others': { en: 'Seen with it, not joined', zh: '一起出现过，未归并' },
  'why.single': { en: 'One identifier only: nothing had to be joined.', zh: '只有一个标识，无需归并。' },
  'why.same': { en: 'Choose two different identifiers.', zh: '请选择两个不同的标识。' },
  'why.one': {
    en: 'One person: {count} {count|step|steps} from one to the other.',
    zh: '是同一人：两者之间有 {count} 步证据。',
  },
  'why.two': {
    en: 'Not one person: no chain of evidence joins these two.',
    zh: '不是同一人：没有证据链把两者连起来。',
  },
  'why.weakest': { en: 'Weakest link', zh: '最弱一环' },
  'why.chain': { en: 'The chain', zh: '证据链' },
  'why.rejected': { en: 'Evidence that joins nothing', zh: '未被采信的证据' },
  'why.more': { en: '{count} more of this kind', zh: '另有 {count} 条' },
  'why.apart': { en: 'Declared to keep them apart', zh: '人工声明：不是同一人' },
  'why.past': { en: 'no longer holds', zh: '已失效' },
  'why.verified': { en: 'verified', zh: '已验证' },
  'why.unverified': { en: 'not verified', zh: '未验证' },
  'why.reason': { en: '{who}: “{why}”', zh: '{who}：“{why}”' },

  'kind.same_event': { en: 'Seen in one event', zh: '同一事件' },
  'kind.login': { en: 'Login', zh: '登录' },
  'kind.bind': { en: 'Bound', zh: '绑定' },
  'kind.import': { en: 'Told by a server', zh: '服务端导入' },
  'kind.probabilistic': { en: 'Found alike by the model', zh: '模型判断' },
  'kind.manual': { en: 'Merged by hand', zh: '人工合并' },

  'says.same_event': {
    en: '{a} and {b} came in one event of source {source}.',
    zh: '{a} 与 {b} 出现在来源 {source} 的同一个事件里。',
  },
  'says.login': {
    en: '{a} and {b} were named together at a login in source {source}.',
    zh: '{a} 与 {b} 在来源 {source} 的一次登录中同时出现。',
  },
  'says.import': {
    en: 'The server {source} named {a} and {b} as one person.',
    zh: '服务端来源 {source} 把 {a} 与 {b} 记为同一人。',
  },
  'says.probabilistic': {
    en: 'The model is {sure} sure that {a} and {b} are one person.',
    zh: '模型有 {sure} 的把握认为 {a} 与 {b} 是同一人。',
  },
  'says.bind': { en: '{who} bound {a} and {b} together.', zh: '{who} 把 {a} 与 {b} 绑定在一起。' },
  'says.manual': { en: '{who} declared {a} and {b} one person.', zh: '{who} 声明 {a} 与 {b} 是同一人。' },
  'says.unbind': {
    en: '{who} declared that {a} and {b} no longer belong together.',
    zh: '{who} 声明 {a} 与 {b} 不再属于同一人。',
  },
  'says.release': {
    en: '{who} released {a} from what it was seen with before.',
    zh: '{who} 释放了 {a}，它此前的关联不再算数。',
  },
  'says.split': { en: '{who} keeps {a} and {b} apart.', zh: '{who} 要求 {a} 与 {b} 分开。' },
  'says.source': { en: 'Source {source}', zh: '来源 {source}' },

  'refusal.unsure': { en: 'The model is not sure enough.', zh: '模型的把握不够。' },
  'refusal.retracted': { en: 'It was taken back.', zh: '该声明已撤回。' },
  'refusal.released': {
    en: 'One of the two was released; what it was seen with before no longer counts.',
    zh: '其中一个已被释放，此前的关联不再算数。',
  },
  'refusal.blocked': { en: 'One of the two is blocked as a placeholder.', zh: '其中一个是已屏蔽的占位值。' },
  'refusal.shared': {
    en: 'One of the two is shared: it was seen with several members.',
    zh: '其中一个是共享标识，与多位会员一起出现过。',
  },
  'refusal.degree': {
    en: 'One of the two was seen with more others than one human has.',
    zh: '其中一个关联的标识多得不像一个人。',
  },
  'refusal.unique': {
    en: 'It would give one person two identifiers of a kind of which everybody has one, such as two member ids.',
    zh: '会让一个人拥有两个只能有一个的标识，例如两个会员号。',
  },
  'refusal.limit': {
    en: 'It would give one person more identifiers of one kind than the rules allow.',
    zh: '会让一个人的同类标识超过规则上限。',
  },
  'refusal.split': { en: 'Somebody declared that they are two.', zh: '有人声明两者不是同一人。' },
  'refusal.attach_never_merge': {
    en: 'It came with a public key, which can never join two persons who are both known.',
    zh: '它来自公开密钥，公开密钥不能把两位已知用户合并。',
  },
};
