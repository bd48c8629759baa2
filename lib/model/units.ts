/** A length of time. */
export class Duration {
  private constructor(private readonly milliseconds: number) {}

  static millis(amount: number): Duration {
    return new Duration(amount);
  }

  static seconds(amount: number): Duration {
    return new Duration(amount * 1000);
  }

  static minutes(amount: number): Duration {
    return new Duration(amount * 60_000);
  }

  static hours(amount: number): Duration {
    return new Duration(amount * 3_600_000);
  }

  toMilliseconds(): number {
    return this.milliseconds;
  }

  /** @throws when it is not a whole number of seconds */
  toSeconds(): number {
    if (this.milliseconds % 1000 !== 0) throw new Error(`${this.milliseconds} ms is not a whole number of seconds`);
    return this.milliseconds / 1000;
  }
}

/** An amount of memory or storage. */
export class Size {
  private constructor(private readonly mebibytes: number) {}

  static mebibytes(amount: number): Size {
    return new Size(amount);
  }

  static gibibytes(amount: number): Size {
    return new Size(amount * 1024);
  }

  toMebibytes(): number {
    return this.mebibytes;
  }

  toBytes(): number {
    return this.mebibytes * 1024 * 1024;
  }

  /** As a Kubernetes quantity: `64Mi`, `1Gi`. */
  toQuantity(): string {
    return this.mebibytes % 1024 === 0 ? `${this.mebibytes / 1024}Gi` : `${this.mebibytes}Mi`;
  }
}
