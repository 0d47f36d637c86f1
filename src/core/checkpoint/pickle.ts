import { refuse } from '#core/checkpoint/refusal.ts';
import { decodeUtf8Strict } from '#core/checkpoint/strictUtf8.ts';

/** A class or function that the file names. It is a name and stays one: nothing is looked up or called. */
export interface PickleGlobal {
  readonly kind: 'global';
  /** `module.name`. */
  readonly name: string;
}
export interface PickleTuple<T> {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue<T>[];
}
export interface PickleList<T> {
  readonly kind: 'list';
  readonly items: PickleValue<T>[];
}
export interface PickleDict<T> {
  readonly kind: 'dict';
  readonly entries: Map<string | number, PickleValue<T>>;
}
/** What the policy made of a persistent id or a reduction. */
export interface PickleObject<T> {
  readonly kind: 'object';
  readonly value: T;
}
export type PickleValue<T> =
  | null
  | boolean
  | number
  | string
  | PickleGlobal
  | PickleTuple<T>
  | PickleList<T>
  | PickleDict<T>
  | PickleObject<T>;

/** What the data may mean: each function returns a value or refuses. */
export interface PicklePolicy<T> {
  readonly globals: ReadonlySet<string>;
  persistent(id: PickleValue<T>): PickleValue<T>;
  reduce(callable: string, args: readonly PickleValue<T>[]): PickleValue<T>;
  build(object: PickleValue<T>, state: PickleValue<T>): void;
}

const limits = {
  pickleBytes: 64 * 1024 * 1024,
  stack: 1_000_000,
  marks: 1_000,
  memo: 4_000_000,
  longBytes: 8,
};

/**
 * Reads a pickle (protocols 2 to 5, Python 3.13 `pickletools`) as data: numbers, texts, tuples, lists, dicts, and the globals that the policy
 * names. Every other opcode and global is refused by name (details `opcode` or `global`); nothing is executed or imported.
 * Bounded: every opcode consumes bytes, and size, stack, marks and memo have limits; cycles are possible and harmless, as nothing here follows them.
 */
export function readPickle<T>(bytes: Uint8Array, policy: PicklePolicy<T>): PickleValue<T> {
  if (bytes.length > limits.pickleBytes) refuse(`pickle: ${bytes.length} bytes are over the limit`);
  return new Machine(bytes, policy).run();
}

class Machine<T> {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #policy: PicklePolicy<T>;
  readonly #memo = new Map<number, PickleValue<T>>();
  readonly #stack: PickleValue<T>[] = [];
  /** Heights of the stack at each open MARK. */
  readonly #marks: number[] = [];
  #position = 0;

  constructor(bytes: Uint8Array, policy: PicklePolicy<T>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#policy = policy;
  }

  run(): PickleValue<T> {
    for (;;) {
      const at = this.#position;
      const opcode = this.#bytes[this.#take(1)]!;
      if (opcode === 0x2e) {
        const result = this.#pop();
        if (this.#stack.length !== 0 || this.#marks.length !== 0)
          refuse('pickle: values are left over at its end');
        return result;
      }
      if (!this.#scalar(opcode) && !this.#container(opcode) && !this.#object(opcode))
        this.#unknown(opcode, at);
    }
  }

  #unknown(opcode: number, at: number): never {
    const hex = `0x${opcode.toString(16).padStart(2, '0')}`;
    const letter = opcode > 0x20 && opcode < 0x7f ? ` '${String.fromCharCode(opcode)}'` : '';
    const name = refusedOpcodes.get(opcode) ?? '';
    return refuse(
      `pickle: opcode ${hex}${letter}${name && ` (${name})`} at byte ${at} is not one that tensors need`,
      {
        opcode: name || hex,
        position: at,
      },
    );
  }

  /** Opcodes that push a number, a text, or nothing. */
  #scalar(opcode: number): boolean {
    switch (opcode) {
      case 0x80: {
        const protocol = this.#uint(1);
        if (protocol < 2 || protocol > 5)
          refuse(`pickle: protocol ${protocol} is not supported`, { protocol });
        return true;
      }
      case 0x95: // FRAME: only a hint how much to read at once
        this.#take(8);
        return true;
      case 0x4e:
        return this.#push(null);
      case 0x88:
        return this.#push(true);
      case 0x89:
        return this.#push(false);
      case 0x4a:
        return this.#push(this.#view.getInt32(this.#take(4), true));
      case 0x4b:
        return this.#push(this.#uint(1));
      case 0x4d:
        return this.#push(this.#uint(2));
      case 0x8a:
        return this.#push(this.#long(this.#uint(1)));
      case 0x47:
        return this.#push(this.#view.getFloat64(this.#take(8), false));
      case 0x58:
        return this.#push(this.#text(this.#uint(4)));
      case 0x8c:
        return this.#push(this.#text(this.#uint(1)));
      default:
        return false;
    }
  }

  /** Opcodes of tuples, lists and dicts. */
  #container(opcode: number): boolean {
    switch (opcode) {
      case 0x28:
        if (this.#marks.length >= limits.marks) refuse('pickle: containers are nested over the limit');
        this.#marks.push(this.#stack.length);
        return true;
      case 0x29:
        return this.#push({ kind: 'tuple', items: [] });
      case 0x74:
        return this.#push({ kind: 'tuple', items: this.#popMark() });
      case 0x85:
      case 0x86:
      case 0x87: {
        const items = Array.from({ length: opcode - 0x84 }, () => this.#pop()).toReversed();
        return this.#push({ kind: 'tuple', items });
      }
      case 0x5d:
        return this.#push({ kind: 'list', items: [] });
      case 0x61:
        return this.#append([this.#pop()]);
      case 0x65:
        return this.#append(this.#popMark());
      case 0x7d:
        return this.#push({ kind: 'dict', entries: new Map() });
      case 0x73: {
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      case 0x75:
        return this.#setItems(this.#popMark());
      default:
        return false;
    }
  }

  /** Opcodes of the memo, of globals, and of what the policy decides. */
  #object(opcode: number): boolean {
    switch (opcode) {
      case 0x71:
        return this.#memoize(this.#uint(1));
      case 0x72:
        return this.#memoize(this.#uint(4));
      case 0x94:
        return this.#memoize(this.#memo.size);
      case 0x68:
        return this.#recall(this.#uint(1));
      case 0x6a:
        return this.#recall(this.#uint(4));
      case 0x63:
        return this.#global(this.#line(), this.#line());
      case 0x93: {
        const name = this.#pop();
        const module = this.#pop();
        if (typeof name !== 'string' || typeof module !== 'string')
          refuse('pickle: the name of a global is no text');
        return this.#global(module, name);
      }
      case 0x51:
        return this.#push(this.#policy.persistent(this.#pop()));
      case 0x52: {
        const args = this.#pop();
        const callable = this.#pop();
        if (!isKind(callable, 'global') || !isKind(args, 'tuple'))
          refuse('pickle: REDUCE calls something that is not a named global', { opcode: 'REDUCE' });
        return this.#push(this.#policy.reduce(callable.name, args.items));
      }
      case 0x62: {
        const state = this.#pop();
        this.#policy.build(this.#peek(), state);
        return true;
      }
      default:
        return false;
    }
  }

  #global(module: string, name: string): boolean {
    const global = `${module}.${name}`;
    if (!this.#policy.globals.has(global))
      refuse(`pickle: the global ${global} is not one that tensors need`, { global });
    return this.#push({ kind: 'global', name: global });
  }

  #append(items: readonly PickleValue<T>[]): boolean {
    const list = this.#peek();
    if (!isKind(list, 'list')) refuse('pickle: APPEND to something that is no list', { opcode: 'APPEND' });
    for (const item of items) list.items.push(item);
    return true;
  }

  #setItems(items: readonly PickleValue<T>[]): boolean {
    const dict = this.#peek();
    if (!isKind(dict, 'dict') || items.length % 2 !== 0)
      refuse('pickle: SETITEM on something that is no dict', { opcode: 'SETITEM' });
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== 'string' && typeof key !== 'number')
        refuse('pickle: the key of a dict is no text or number');
      dict.entries.set(key, items[i + 1]!);
    }
    return true;
  }

  #memoize(index: number): boolean {
    if (this.#memo.size >= limits.memo) refuse('pickle: the memo is over the limit');
    this.#memo.set(index, this.#peek());
    return true;
  }

  #recall(index: number): boolean {
    const value = this.#memo.get(index);
    if (value === undefined) refuse(`pickle: memo ${index} is read before it is written`, { memo: index });
    return this.#push(value);
  }

  #push(value: PickleValue<T>): boolean {
    if (this.#stack.length >= limits.stack) refuse('pickle: the stack is over the limit');
    this.#stack.push(value);
    return true;
  }

  #peek(): PickleValue<T> {
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.at(-1) : undefined;
    return value === undefined ? refuse('pickle: an opcode finds no value on the stack') : value;
  }

  #pop(): PickleValue<T> {
    const value = this.#peek();
    this.#stack.pop();
    return value;
  }

  #popMark(): PickleValue<T>[] {
    const height = this.#marks.pop();
    return height === undefined
      ? refuse('pickle: an opcode finds no MARK on the stack')
      : this.#stack.splice(height);
  }

  #take(length: number): number {
    const start = this.#position;
    if (start + length > this.#bytes.length)
      refuse(`pickle: ends in the middle, at byte ${this.#bytes.length}`);
    this.#position += length;
    return start;
  }

  #uint(length: 1 | 2 | 4): number {
    const at = this.#take(length);
    if (length === 1) return this.#view.getUint8(at);
    return length === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  /** LONG1: a two's complement integer, little-endian. */
  #long(length: number): number {
    if (length > limits.longBytes) refuse(`pickle: an integer of ${length} bytes is over the limit`);
    const at = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    const signed = Number(BigInt.asIntN(length * 8, value));
    if (!Number.isSafeInteger(signed)) refuse(`pickle: the integer ${value} is over the limit`);
    return signed;
  }

  #text(length: number): string {
    const at = this.#take(length);
    const text = decodeUtf8Strict(this.#bytes.subarray(at, at + length));
    return text ?? refuse(`pickle: the text at byte ${at} is not UTF-8`);
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end < 0 || end - this.#position > 1000) refuse('pickle: the name of a global does not end');
    const text = this.#text(end - this.#position);
    this.#take(1);
    return text;
  }
}

/** Narrows a value to one kind. */
export function isKind<T, K extends 'global' | 'tuple' | 'list' | 'dict' | 'object'>(
  value: PickleValue<T> | undefined,
  kind: K,
): value is Extract<PickleValue<T>, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

/** Names of opcodes that other pickles use, for the message of a refusal (Python's `pickletools`). */
const refusedOpcodes: ReadonlyMap<number, string> = new Map([
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x81, 'NEWOBJ'],
  [0x92, 'NEWOBJ_EX'],
  [0x82, 'EXT1'],
  [0x83, 'EXT2'],
  [0x84, 'EXT4'],
  [0x50, 'PERSID'],
  [0x49, 'INT'],
  [0x4c, 'LONG'],
  [0x46, 'FLOAT'],
  [0x53, 'STRING'],
  [0x54, 'BINSTRING'],
  [0x55, 'SHORT_BINSTRING'],
  [0x56, 'UNICODE'],
  [0x42, 'BINBYTES'],
  [0x43, 'SHORT_BINBYTES'],
  [0x8b, 'LONG4'],
  [0x8d, 'BINUNICODE8'],
  [0x8e, 'BINBYTES8'],
  [0x8f, 'EMPTY_SET'],
  [0x90, 'ADDITEMS'],
  [0x91, 'FROZENSET'],
  [0x96, 'BYTEARRAY8'],
  [0x97, 'NEXT_BUFFER'],
  [0x98, 'READONLY_BUFFER'],
  [0x30, 'POP'],
  [0x31, 'POP_MARK'],
  [0x32, 'DUP'],
  [0x64, 'DICT'],
  [0x6c, 'LIST'],
  [0x70, 'PUT'],
  [0x67, 'GET'],
]);
