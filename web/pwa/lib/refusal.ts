// A no with its word. The words are those of the shared vectors and of every other implementation.

export class Refusal extends Error {
  readonly word: string;
  constructor(word: string) {
    super(word);
    this.name = "Refusal";
    this.word = word;
  }
}

/** The word of what was thrown; anything that is no `Refusal` is thrown on. */
export function wordOf(thrown: unknown): string {
  if (thrown instanceof Refusal) return thrown.word;
  throw thrown;
}
