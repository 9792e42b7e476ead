type OptionalKeys<Type> = { [Key in keyof Type]-?: undefined extends Type[Key] ? Key : never }[keyof Type];

/** An object whose keys that may be `undefined` may be absent instead. */
export type WithoutUndefined<Type> = Omit<Type, OptionalKeys<Type>> & {
  [Key in OptionalKeys<Type>]?: Exclude<Type[Key], undefined>;
};

/** A copy without the keys whose value is `undefined`: under `exactOptionalPropertyTypes` absent and `undefined` are different things. */
export function omitUndefined<Type extends object>(value: Type): WithoutUndefined<Type> {
  // Object.fromEntries forgets which keys there were.
  return Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined),
  ) as WithoutUndefined<Type>;
}
