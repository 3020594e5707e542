import { isUtf8 } from 'node:buffer';
import { SaxesParser } from 'saxes';
import { isObject, type JsonObject } from '../../json.ts';
import { checkJson } from '../../json-limits.ts';
import { parseExact } from '../hook-events.ts';

/** Elements within elements, and elements in all: messages of the platforms have 4 and 100 at the most. */
const MAX_DEPTH = 16;
const MAX_ELEMENTS = 2000;

const BOM = /^\uFEFF/;

/**
 * The fields of a message, which is XML or JSON as was chosen in the platform's console; undefined where it is neither, or is deeper
 * or has more names than an event may.
 */
export function parseMessage(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8').replace(BOM, '').trim();
  const message = text.startsWith('<') ? parseXml(text) : parseExact(text)?.value;
  return !isObject(message) || checkJson(message, 0) !== undefined ? undefined : message;
}

interface Element {
  readonly name: string;
  text: string;
  readonly children: JsonObject;
  hasChildren: boolean;
}

const element = (name: string): Element => ({ name, text: '', children: Object.create(null), hasChildren: false });

/**
 * The children of the root element: text, or an object where there are elements inside, or an array where a name comes again.
 * A document type is refused, so there are no entities to be expanded but the five of XML.
 */
function parseXml(text: string): JsonObject | undefined {
  const parser = new SaxesParser();
  const open: Element[] = [];
  let root: Element | undefined;
  let elements = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('A message has no document type.');
  });
  parser.on('opentag', ({ name }) => {
    elements += 1;
    if (open.length >= MAX_DEPTH || elements > MAX_ELEMENTS) throw new Error('Too many elements.');
    open.push(element(name));
  });
  const addText = (more: string): void => {
    const within = open.at(-1);
    if (within !== undefined) within.text += more;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    const within = open.at(-1);
    if (closed !== undefined && within !== undefined) addChild(within, closed);
    else root = closed;
  });
  try {
    parser.write(text).close();
  } catch {
    return undefined;
  }
  return root?.hasChildren === true ? root.children : undefined;
}

function addChild(within: Element, { name, text, children, hasChildren }: Element): void {
  const value = hasChildren ? children : text.trim();
  const { [name]: before } = within.children;
  if (before === undefined) within.children[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else within.children[name] = [before, value];
  within.hasChildren = true;
}
