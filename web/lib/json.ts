// Outside data is `unknown` until one of these returns a type. What does not fit is a `Misfit`.

export class Misfit extends Error {
  constructor(where: string, wanted: string) {
    super(`${where}: ${wanted} expected`);
    this.name = "Misfit";
  }
}

export type Parser<T> = (value: unknown, where?: string) => T;

export const text: Parser<string> = (value, where = "value") => {
  if (typeof value !== "string") throw new Misfit(where, "text");
  return value;
};

/** A whole number that JavaScript holds exactly. */
export const integer: Parser<number> = (value, where = "value") => {
  if (!Number.isSafeInteger(value)) throw new Misfit(where, "a whole number");
  return Number(value);
};

export const flag: Parser<boolean> = (value, where = "value") => {
  if (typeof value !== "boolean") throw new Misfit(where, "true or false");
  return value;
};

export const anything: Parser<unknown> = (value) => value;

export function orNull<T>(inner: Parser<T>): Parser<T | null> {
  return (value, where) => (value === null || value === undefined ? null : inner(value, where));
}

export function oneOf<T extends string>(...words: readonly T[]): Parser<T> {
  return (value, where = "value") => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new Misfit(where, words.join(" or "));
    return found;
  };
}

export function list<T>(inner: Parser<T>): Parser<T[]> {
  return (value, where = "value") => {
    if (!Array.isArray(value)) throw new Misfit(where, "a list");
    return value.map((item, i) => inner(item, `${where}[${i}]`));
  };
}

type Shape = Record<string, Parser<unknown>>;
type Shaped<S extends Shape> = { [K in keyof S]: S[K] extends Parser<infer T> ? T : never };

/** An object with at least these members; others are ignored. */
export function object<S extends Shape>(shape: S): Parser<Shaped<S>> {
  return (value, where = "value") => {
    if (!isRecord(value)) throw new Misfit(where, "an object");
    const entries = Object.entries(shape).map(([name, parse]) => {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      return [name, parse(member, `${where}.${name}`)];
    });
    return Object.fromEntries(entries);
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
