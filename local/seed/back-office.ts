import { type Calendar, DAY, HOUR, MINUTE } from './calendar.ts';
import { PRODUCTS } from './catalogue.ts';
import { type Life, report } from './life.ts';
import { SPELLINGS } from './people.ts';
import { type Random, randomOf } from './random.ts';

/** The CRM's record of one member, as its nightly export sends it. */
const exportMember = (life: Life, at: number, level = life.shopper.level): void => {
  const { member, name, phone, email, birthday, consent } = life.shopper;
  const traits = { name, phone, email, level, birthday };
  report(life, 'crm', {
    who: { sender: 'crm', user_id: member },
    call: { at, type: 'identify', data: traits, consent },
  });
};

/** Milliseconds between two rows of the CRM's export. */
const ROW_MS = 20;

/** The CRM: everyone at two o'clock of the first night, new members the night after, a few changes each night. */
export const crm = (lives: readonly Life[], calendar: Calendar, seed: number): void => {
  const random = randomOf(seed, 'crm');
  const members = lives.filter(({ member_since }) => member_since !== undefined);
  const night = (day: number) => calendar.local(day, 2 * 60);
  const old = members.filter(({ member_since }) => member_since === Number.NEGATIVE_INFINITY);
  for (const [row, life] of old.entries()) exportMember(life, night(0) + row * ROW_MS);
  for (const life of members) {
    const day = Math.floor(((life.member_since ?? 0) - night(0)) / DAY) + 1;
    if (life.member_since !== Number.NEGATIVE_INFINITY) exportMember(life, night(day) + ROW_MS);
  }
  for (let day = 1; day < calendar.days; day += 1) {
    const life = random.pick(old);
    const at = night(day) + MINUTE;
    const data = { level: 'gold', points: random.int(100, 9000) };
    const who = { sender: 'crm', user_id: life.shopper.member };
    report(life, 'crm', { who, call: { at, type: 'track', name: 'Member Updated', data } });
    exportMember(life, at + ROW_MS, 'gold');
  }
};

const TOPICS = ['delivery', 'return', 'invoice', 'size', 'membership'];

const ticket = (life: Life, opened: number, random: Random): void => {
  const ticket_id = `T${random.text(8, '0123456789')}`;
  const who = { sender: 'service', traits: { phone: random.pick(SPELLINGS)(life.shopper.phone) } };
  const data = { ticket_id, topic: random.pick(TOPICS), ticket_channel: 'phone', description: '顾客来电咨询' };
  report(life, 'service', { who, call: { at: opened, type: 'track', name: 'Ticket Opened', data } });
  const closed = opened + random.int(1, 40) * HOUR;
  const end = { ticket_id, satisfaction: random.int(2, 5) };
  report(life, 'service', { who, call: { at: closed, type: 'track', name: 'Ticket Closed', data: end } });
};

/** Customer service and the coupon system: every twelfth shopper calls, every tenth member gets a coupon. */
export const service = (lives: readonly Life[], calendar: Calendar, seed: number): void => {
  for (const life of lives.slice(2)) {
    const random = randomOf(seed, `service for ${life.shopper.key}`);
    const day = random.int(0, calendar.days - 1);
    if (random.chance(0.08)) ticket(life, calendar.local(day, random.int(9, 20) * 60 + random.int(0, 59)), random);
    const since = life.member_since;
    const at = calendar.local(day, 10 * 60 + 1);
    if (since === undefined || since > at || !random.chance(0.1)) continue;
    const data = { coupon_id: `CP-${random.pick(PRODUCTS).product_id}`, discount: 20, currency: 'CNY' };
    const who = { sender: 'server', user_id: life.shopper.member };
    report(life, 'server', { who, call: { at, type: 'track', name: 'Coupon Received', data } });
  }
};

/** Members who change their mind about marketing, in the web shop's settings. */
export const withdrawals = (lives: readonly Life[], calendar: Calendar, seed: number): void => {
  const random = randomOf(seed, 'withdrawals');
  const day = Math.floor(calendar.days / 2);
  for (const life of lives.slice(2)) {
    if (life.member_since !== Number.NEGATIVE_INFINITY || !life.signed_in.has('web') || !random.chance(0.05)) continue;
    const who = { sender: 'server', user_id: life.shopper.member };
    const at = calendar.local(day, random.int(9, 22) * 60);
    report(life, 'server', { who, call: { at, type: 'identify', data: {}, consent: false } });
  }
};
