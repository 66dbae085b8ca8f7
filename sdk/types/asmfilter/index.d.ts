/**
 * The language's typings say `type Number = _Float`. TypeScript 7 finds methods of numbers only in an interface of that
 * name, so that `n.toString()` would be an error; this one comes first. Editors check no declaration files (`skipLibCheck`).
 */
interface Number extends _Float {}
