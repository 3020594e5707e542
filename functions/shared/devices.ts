/** Identifier types that stand for a device or a browser: what somebody signs in on, and several people may use. */
export const DEVICE_TYPES: readonly string[] = ['device_id', 'anonymous_id'];

/** True for the key (`type:value`) of a device or a browser. */
export const isDeviceKey = (key: string): boolean => DEVICE_TYPES.some((type) => key.startsWith(`${type}:`));
