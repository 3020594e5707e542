/** Reserved name among the traits of an `identify`: what to do with traits, instead of what they are. */
export const OPERATIONS = '$operations';
