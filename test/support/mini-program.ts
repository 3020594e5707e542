import { createRequire } from 'node:module';
import { send } from './server.ts';

interface Request {
  readonly url: string;
  readonly method?: string;
  readonly data?: unknown;
  readonly header?: Readonly<Record<string, string>>;
  success?(answer: { statusCode: number; data: unknown }): void;
  fail?(error: { errMsg: string }): void;
  complete?(answer: { statusCode?: number; data?: unknown }): void;
}

interface StorageRequest {
  readonly key: string;
  success?(answer: { data: unknown }): void;
  fail?(error: { errMsg: string }): void;
  complete?(answer: { data: unknown }): void;
}

/** What a mini program's page can do that an SDK asks for. */
export interface MiniProgram {
  /** Status of each answer, or 0 where none came; in order. */
  readonly answers: { readonly path: string; readonly status: number }[];
  /** The next requests do not reach the server. */
  cut(requests: number): void;
  close(): void;
}

const DEVICE = {
  brand: 'iPhone',
  model: 'iPhone 14',
  system: 'iOS 17.4',
  platform: 'ios',
  screenWidth: 390,
  screenHeight: 844,
  version: '8.0.50',
  SDKVersion: '3.5.0',
};

/**
 * A stand-in for WeChat's `wx`, `App` and `Page`: storage in memory, requests over the network. As WeChat's, a request succeeds with any HTTP
 * status, and only fails where there is no answer. It cannot show what WeChat adds to a request, nor its TLS.
 */
export function openMiniProgram(appid: string): MiniProgram {
  const storage = new Map<string, unknown>();
  const answers: { path: string; status: number }[] = [];
  let lost = 0;
  const request = async ({ url, method = 'GET', data, header = {}, success, fail, complete }: Request) => {
    const path = new URL(url).pathname;
    if (lost > 0) {
      lost -= 1;
      answers.push({ path, status: 0 });
      fail?.({ errMsg: 'request:fail' });
      complete?.({});
      return;
    }
    const body = typeof data === 'string' ? data : undefined;
    const answer = await send(url, {
      method,
      headers: header,
      ...(method === 'POST' && body !== undefined && { body }),
    });
    answers.push({ path, status: answer.status });
    const result = { statusCode: answer.status, data: answer.json ?? answer.text };
    success?.(result);
    complete?.(result);
  };
  const wx = {
    request: (options: Request) => void request(options),
    getStorage: ({ key, success, fail, complete }: StorageRequest) => {
      if (storage.has(key)) success?.({ data: storage.get(key) });
      else fail?.({ errMsg: 'getStorage:fail data not found' });
      complete?.({ data: storage.get(key) });
    },
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => storage.set(key, value),
    setStorage: ({ key, data }: { key: string; data: unknown }) => storage.set(key, data),
    removeStorageSync: (key: string) => storage.delete(key),
    getSystemInfo: ({ success, complete }: { success?: (info: object) => void; complete?: () => void }) => {
      success?.(DEVICE);
      complete?.();
    },
    getSystemInfoSync: () => DEVICE,
    getNetworkType: ({ success, complete }: { success?: (info: object) => void; complete?: () => void }) => {
      success?.({ networkType: 'wifi' });
      complete?.();
    },
    onNetworkStatusChange: () => undefined,
    onAppShow: () => undefined,
    onAppHide: () => undefined,
    getAccountInfoSync: () => ({ miniProgram: { appId: appid, version: '1.2.3' } }),
    getLaunchOptionsSync: () => ({ scene: 1001, query: {}, path: 'pages/index/index' }),
    login: ({ success }: { success?: (answer: object) => void }) => success?.({ code: '0a1Code' }),
  };
  const shell = {
    wx,
    App: () => undefined,
    Page: () => undefined,
    Component: () => undefined,
    getCurrentPages: () => [],
  };
  const before = Object.keys(shell).map((name): [string, unknown] => [name, Reflect.get(globalThis, name)]);
  Object.assign(globalThis, shell);
  return {
    answers,
    cut: (requests) => {
      lost = requests;
    },
    close: () => {
      for (const [name, value] of before) Reflect.set(globalThis, name, value);
    },
  };
}

/** A package's module as if it had never been loaded: mini program SDKs keep one client in the module. */
export function loadAnew(name: string): unknown {
  const require = createRequire(import.meta.url);
  const path = require.resolve(name);
  delete require.cache[path];
  return require(path);
}
