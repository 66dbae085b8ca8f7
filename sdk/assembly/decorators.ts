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
 * be left out; one without (`name!: string`) may not. Fields that the class does not have are refused.
 *
 *     @config
 *     class Config {
 *       /** Name of the header. *\/
 *       header: string = "x-hello";
 *       limit: u32 = 100;
 *     }
 */
export declare function config(target: Function): void;
