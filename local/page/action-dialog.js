import { post } from './api.js';
import { byId, h } from './dom.js';
import { errorText, t } from './text.js';

/**
 * @typedef {object} Plan what will be done, ready to be confirmed
 * @property {string[]} lines in words
 * @property {string} path of the API
 * @property {string[][]} declarations the identifiers of each call, in order
 */

/**
 * @typedef {object} Action
 * @property {string} title
 * @property {string} intro
 * @property {Node[]} fields
 * @property {string} confirm label of the button that does it
 * @property {() => Promise<Plan | {problem: string, at: HTMLElement}>} plan reads the fields
 * @property {() => Promise<void>} done after all calls were accepted, and the dialog is closed
 */

const MAX_REASON_CHARS = 500;
const MAX_NAME_CHARS = 200;
const STORAGE_KEY = 'oneriver.operator';

/** Storage is refused in some private windows; then the name is typed again. */
const remembered = () => {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? '';
  } catch {
    return '';
  }
};

/** For the next time. @param {string} name */
export function remember(name) {
  try {
    localStorage.setItem(STORAGE_KEY, name);
  } catch {
    // Nothing else depends on it.
  }
}

/**
 * Who is answerable, as a header: those take bytes, so a name is sent as its UTF-8.
 * @param {string} name
 * @returns {Record<string, string>}
 */
export const operatorHeader = (name) =>
  name.trim() === '' ? {} : { 'x-operator': String.fromCharCode(...new TextEncoder().encode(name.trim())) };

/** The name that was given last. */
export const operator = () => remembered();

/**
 * A labelled control with a hint.
 * @param {string} label
 * @param {HTMLElement} control with an id
 * @param {string} [hint]
 */
export function field(label, control, hint) {
  if (hint) control.setAttribute('aria-describedby', `${control.id}-hint`);
  return h(
    'div',
    { class: 'field' },
    h('label', { for: control.id }, label),
    control,
    hint && h('small', { class: 'quiet', id: `${control.id}-hint` }, hint),
  );
}

/** The fields that every action has: why, and who. */
export function whyFields() {
  const reason = h('textarea', { id: 'act-reason', rows: 2, maxlength: MAX_REASON_CHARS, required: true });
  const name = h('input', { id: 'act-by', autocomplete: 'name', maxlength: MAX_NAME_CHARS });
  name.value = remembered();
  const nodes = [field(t('act.reason'), reason, t('act.reasonHint')), field(t('act.by'), name, t('act.byHint'))];
  return { reason, name, nodes };
}

/** Shows what is wrong, says it to a screen reader, and goes there. @param {HTMLElement} box @param {string} text @param {HTMLElement} [at] */
export function showProblem(box, text, at) {
  for (const wrong of box.closest('dialog')?.querySelectorAll('[aria-invalid]') ?? [])
    wrong.removeAttribute('aria-invalid');
  box.replaceChildren(text);
  at?.setAttribute('aria-invalid', 'true');
  at?.focus();
}

/**
 * Asks for what an action needs and why, shows what will happen, and does it once that is confirmed. Sending twice does no harm:
 * each call carries its own key.
 * @param {Action} action
 */
export function openAction(action) {
  const dialog = byId('action-dialog', HTMLDialogElement);
  const { reason, name, nodes } = whyFields();
  const problem = h('p', { class: 'problem', role: 'alert' });
  const id = crypto.randomUUID();
  const title = h('h2', { id: 'action-title', tabindex: -1 }, action.title);
  const close = () => dialog.close();
  const buttons = (/** @type {Node[]} */ ...all) => h('div', { class: 'buttons' }, ...all);

  const form = h(
    'form',
    { novalidate: true },
    ...action.fields,
    ...nodes,
    buttons(
      h('button', { type: 'button', onclick: close }, t('act.cancel')),
      h('button', { type: 'submit', class: 'primary' }, t('act.next')),
    ),
  );
  const showForm = () => dialog.replaceChildren(title, h('p', { class: 'quiet' }, action.intro), form, problem);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.replaceChildren();
    try {
      const plan = await action.plan();
      if ('problem' in plan) showProblem(problem, plan.problem, plan.at);
      else if (reason.value.trim() === '') showProblem(problem, t('act.noReason'), reason);
      else showPlan(plan);
    } catch (error) {
      showProblem(problem, errorText(error));
    }
  });

  /** @param {Plan} plan */
  const send = async ({ path, declarations }) => {
    remember(name.value.trim());
    for (const [n, identifiers] of declarations.entries()) {
      const headers = { ...operatorHeader(name.value), 'idempotency-key': `page-${id}-${n}` };
      await post(path, { identifiers, reason: reason.value.trim() }, headers);
    }
  };

  /** @param {Plan} plan */
  const showPlan = (plan) => {
    const confirm = h('button', { type: 'button', class: 'danger' }, action.confirm);
    const back = h('button', { type: 'button' }, t('act.back'));
    back.addEventListener('click', () => {
      showForm();
      reason.focus();
    });
    confirm.addEventListener('click', async () => {
      for (const button of [confirm, back]) button.disabled = true;
      confirm.replaceChildren(t('act.working'));
      try {
        await send(plan);
      } catch (error) {
        for (const button of [confirm, back]) button.disabled = false;
        confirm.replaceChildren(action.confirm);
        showProblem(problem, errorText(error), confirm);
        return;
      }
      // Closing gives the focus back to the button that opened this; what follows moves it on.
      close();
      await action.done();
    });
    const lines = plan.lines.map((line) => h('li', {}, line));
    dialog.replaceChildren(
      title,
      h('p', { class: 'quiet' }, t('act.check')),
      h('ul', { class: 'plan' }, ...lines),
      h('p', {}, h('q', {}, t('why.reason', { who: name.value.trim() || 'local operator', why: reason.value.trim() }))),
      problem,
      buttons(back, confirm),
    );
    problem.replaceChildren();
    title.focus();
  };

  showForm();
  dialog.showModal();
  const first = form.querySelector('input, textarea, select');
  if (first instanceof HTMLElement) first.focus();
}
