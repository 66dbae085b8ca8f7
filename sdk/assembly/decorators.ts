/**
 * Registers a class as the filter of a root id.
 *
 *     @filter("hello")
 *     class Hello extends HttpFilter {}
 */
export declare function filter(id: string): (target: Function) => void;

/** Registers a class that extends `RootContext` as the root of the plugins of a root id. */
export declare function root(id: string): (target: Function) => void;

/**
 * Marks a class as configuration: its fields are decoded from the plugin's JSON. A field with an initial value may
 * be left out; one without (`name!: string`) may not. Fields that the class does not have are refused, unless it is
 * `@additionalProperties` as well. A class may extend another `@config` class.
 *
 *     @config
 *     class Config {
 *       /** Name of the header. *\/
 *       header: string = "x-hello";
 *       limit: u32 = 100;
 *     }
 */
export declare function config(target: Function): void;

/** Beside `@config`: fields that the class does not have are passed over rather than refused. */
export declare function additionalProperties(target: Function): void;

// The decorators of a field of a `@config` class. They have the names and the meaning that JSON Schema gives them, and
// are in the schema as well. On a list or a map those for numbers and strings hold for each of its values.

/**
 * The least number that a field takes, or the shortest duration.
 *
 *     @minimum(1) @maximum(100) rate: u32 = 10;
 *     @minimum("100ms") timeout: Duration = 5 * SECOND;
 */
export declare function minimum<T>(limit: T): (target: Object, field: string) => void;

/** The largest number that a field takes, or the longest duration. */
export declare function maximum<T>(limit: T): (target: Object, field: string) => void;

/** The least number of characters of a string. */
export declare function minLength(count: i32): (target: Object, field: string) => void;

/** The largest number of characters of a string. */
export declare function maxLength(count: i32): (target: Object, field: string) => void;

/**
 * A regular expression that has to fit somewhere in a string: anchor it with `^` and `$` to mean all of it. It is turned
 * into an automaton when the filter is built, so that it costs a table and no engine. Look-around, references back, `\b`
 * and `\p` cannot be, and do not compile.
 *
 *     @pattern("^x-[a-z0-9-]+$") header: string = "x-hello";
 */
export declare function pattern(expression: string): (target: Object, field: string) => void;

/**
 * The texts that a string may be. An enum, whose members the configuration names, is the other way to say so.
 *
 *     @oneOf("GET", "POST") method: string = "GET";
 */
export declare function oneOf(...texts: string[]): (target: Object, field: string) => void;

/** The least number of elements of a list. */
export declare function minItems(count: i32): (target: Object, field: string) => void;

/** The largest number of elements of a list. */
export declare function maxItems(count: i32): (target: Object, field: string) => void;

/** The least number of entries of a map. */
export declare function minProperties(count: i32): (target: Object, field: string) => void;

/** The largest number of entries of a map. */
export declare function maxProperties(count: i32): (target: Object, field: string) => void;

/**
 * A field that is nobody's business: `writeOnly` in the schema, which does not tell its default either, and no error
 * says what is in it or below it. What the filter logs itself is the filter's affair. The configuration that the proxy
 * gets does have it, so whoever may read that may read the secret.
 */
export declare function secret(target: Object, field: string): void;
