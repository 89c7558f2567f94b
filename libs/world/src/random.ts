/**
 * Random numbers for simulations: small, fast, seeded, and with a state that fits into JSON. Not for secrets.
 *
 * The generator is sfc32 by Chris Doty-Humphrey (PractRand 0.94, `RNG/sfc.h`, public domain); the hash is the finalizer
 * of MurmurHash3 by Austin Appleby (smhasher, `MurmurHash3.cpp`, public domain).
 */

export type RandomState = readonly [number, number, number, number];

/** A stream of random numbers. Streams with the same seed, or restored from the same state, are equal. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  private constructor([a, b, c, counter]: RandomState) {
    this.a = a | 0;
    this.b = b | 0;
    this.c = c | 0;
    this.counter = counter | 0;
  }

  static seeded(seed: number): Random {
    const random = new Random([mix(seed), mix(seed ^ 0x9e3779b9), mix(Math.floor(seed / 0x1_0000_0000)), 1]);
    // The authors' warm-up: the first draws of similar seeds are similar.
    for (let i = 0; i < 12; i++) random.next();
    return random;
  }

  static restored(state: RandomState): Random {
    return new Random(state);
  }

  /** Uniform in [0, 1). */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  /** Normal with mean 0 and deviation 1 (Box-Muller; always two uniform draws, so that no second value is kept). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log(1 - this.next());
  }

  state(): RandomState {
    return [this.a, this.b, this.c, this.counter];
  }
}

/**
 * Uniform in [-1, 1), the same for the same arguments: noise that depends on time and object, not on the number of
 * reads.
 */
export function noiseOf(seed: number, thing: number, cell: number): number {
  const high = Math.floor(cell / 0x1_0000_0000);
  return (mix(mix(mix(seed ^ Math.imul(thing, 0x9e3779b1)) ^ cell) + high) >>> 0) / 0x8000_0000 - 1;
}

/** A 32-bit seed from a text, for example a cluster's id. */
export function seedOf(text: string, seed = 0): number {
  let hash = mix(seed ^ 0x811c9dc5);
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash) >>> 0;
}

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
