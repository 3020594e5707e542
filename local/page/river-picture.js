import { h, svg } from './dom.js';

/**
 * The picture's geometry. Each leg begins where the one before it ends, so a drop's whole way is the legs' text put together.
 * `wide` lies behind a 1200 × 320 grid of stages, `tall` beside a column of six rows of 92 px.
 */
const WIDE = {
  box: '0 0 1200 320',
  springs: [20, 48, 76, 104, 132, 160, 188].map((y) => `M112 ${y} C 205 ${y}, 205 102, 292 102`),
  upper: 'C 360 102, 400 84, 470 88 S 520 96, 532 98',
  lower: 'C 590 108, 640 118, 706 112 S 800 94, 862 100',
  lake: 'C 916 105, 930 64, 1004 60',
  fire: 'C 916 95, 930 196, 1004 204',
  quarantine: 'C 596 106, 624 130, 628 184 S 640 272, 694 276',
  knots: [
    { stage: 'collect', x: 352, y: 98 },
    { stage: 'clean', x: 532, y: 98 },
    { stage: 'stitch', x: 744, y: 108 },
    { stage: 'quarantine', x: 694, y: 276 },
    { stage: 'lake', x: 1004, y: 60 },
    { stage: 'fire', x: 1004, y: 204 },
  ],
};
const TALL = {
  box: '0 0 72 552',
  springs: [4, 15, 26, 36, 46, 57, 68].map((x) => `M${x} 0 C ${x} 24, 36 12, 36 40`),
  upper: 'C 36 70, 30 100, 34 138',
  lower: 'C 38 200, 28 270, 34 322',
  lake: 'C 36 360, 18 370, 18 414',
  fire: 'C 36 380, 54 420, 54 506',
  quarantine: 'C 36 180, 60 180, 60 230',
  knots: [
    { stage: 'collect', x: 36, y: 46 },
    { stage: 'clean', x: 34, y: 138 },
    { stage: 'quarantine', x: 60, y: 230 },
    { stage: 'stitch', x: 34, y: 322 },
    { stage: 'lake', x: 18, y: 414 },
    { stage: 'fire', x: 54, y: 506 },
  ],
};
const STARTS = {
  wide: { trunk: 'M292 102', clean: 'M532 98', stitch: 'M862 100' },
  tall: { trunk: 'M36 40', clean: 'M34 138', stitch: 'M34 322' },
};

/** How many channels have a spring of their own; the last is shared by all the others. */
export const SPRINGS = WIDE.springs.length;

/** Points that a drop's way is cut into: enough for the curves to look round. */
const POINTS = 36;

/** @type {Map<string, Keyframe[]>} */
const frames = new Map();

/**
 * A way as translations: those the graphics processor animates alone, which it does not do for motion along a path.
 * @param {string} path
 * @returns {Keyframe[]}
 */
function framesAlong(path) {
  const known = frames.get(path);
  if (known) return known;
  const line = svg('path', { d: path });
  const length = line.getTotalLength();
  const made = Array.from({ length: POINTS + 1 }, (_, i) => {
    const { x, y } = line.getPointAtLength((length * i) / POINTS);
    return { transform: `translate(${x}px, ${y}px)`, opacity: i === 0 || i === POINTS ? 0 : 1 };
  });
  frames.set(path, made);
  return made;
}

/**
 * Draws one of the two rivers. Both are in the page; the style sheet shows the one that fits.
 * @param {'wide' | 'tall'} shape
 */
export function drawRiver(shape) {
  const legs = shape === 'wide' ? WIDE : TALL;
  const start = STARTS[shape];
  const trunk = `${start.trunk} ${legs.upper} ${legs.lower}`;
  const branches = { lake: `${start.stitch} ${legs.lake}`, fire: `${start.stitch} ${legs.fire}` };
  const drops = h('div', { class: `drops ${shape}`, 'aria-hidden': 'true' });
  const picture = svg(
    'svg',
    { class: `picture ${shape}`, viewBox: legs.box, 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { class: 'bank', d: trunk }),
    svg('path', { class: 'side', d: `${start.clean} ${legs.quarantine}` }),
    // One translucent group, so that the waters do not grow darker where they meet.
    svg(
      'g',
      { class: 'water' },
      ...legs.springs.map((d) => svg('path', { class: 'spring', d })),
      ...Object.values(branches).map((d) => svg('path', { class: 'branch', d })),
      svg('path', { class: 'trunk', d: trunk }),
    ),
    ...Object.values(branches).map((d) => svg('path', { class: 'ripple', d })),
    ...['near', 'mid', 'far'].map((place) => svg('path', { class: `ripple ${place}`, d: trunk })),
    ...legs.knots.map(({ stage, x, y }) => svg('circle', { class: 'knot', 'data-knot': stage, cx: x, cy: y, r: 7 })),
  );
  /** @type {(spring: number, end: 'lake' | 'duplicate' | 'quarantine') => string} */
  const way = (spring, end) => {
    const head = `${legs.springs[spring] ?? legs.springs[0]} ${legs.upper}`;
    if (end === 'quarantine') return `${head} ${legs.quarantine}`;
    return end === 'lake' ? `${head} ${legs.lower} ${legs.lake}` : `${head} ${legs.lower}`;
  };
  /** @param {string} path @param {Record<string, string>} look @param {number} duration ms */
  const launch = (path, look, duration) => {
    const drop = h('i', { class: 'drop', ...look });
    drops.append(drop);
    drop.animate(framesAlong(path), { duration, easing: 'cubic-bezier(.35,.1,.6,.95)' }).onfinish = () => drop.remove();
  };
  new ResizeObserver(() => {
    drops.style.transform = `scale(${picture.getBoundingClientRect().width / picture.viewBox.baseVal.width})`;
  }).observe(picture);
  return { picture, drops, launch, way, send: branches.fire };
}
