import {
  ArrayLiteralExpression,
  BinaryExpression,
  type Element,
  Enum,
  EnumValue,
  type Expression,
  FalseExpression,
  FloatLiteralExpression,
  Global,
  IdentifierExpression,
  IntegerLiteralExpression,
  NullExpression,
  ParenthesizedExpression,
  type Program,
  PropertyAccessExpression,
  StringLiteralExpression,
  TemplateLiteralExpression,
  TrueExpression,
  UnaryPrefixExpression,
} from "assemblyscript";
import { textOf } from "./source.ts";

/** `const`, as the compiler numbers the flags of declarations (CommonFlags). */
const CONST = 8;

/**
 * The value of an expression that stands in `context`, written out or computed from constants and members of enums;
 * undefined where only the program's run knows it.
 * @param isInteger whether the result is one, so that `7 / 2` is 3
 */
export function constantOf(program: Program, expression: Expression, context: Element, isInteger: boolean): unknown {
  const inner = (part: Expression) => constantOf(program, part, context, isInteger);
  if (expression instanceof StringLiteralExpression) return expression.value;
  if (expression instanceof IntegerLiteralExpression) return Number(textOf(expression.range).replaceAll("_", ""));
  if (expression instanceof FloatLiteralExpression) return expression.value;
  if (expression instanceof TrueExpression) return true;
  if (expression instanceof FalseExpression) return false;
  if (expression instanceof NullExpression) return null;
  if (expression instanceof TemplateLiteralExpression && !expression.tag && expression.expressions.length === 0) {
    return expression.parts[0];
  }
  if (expression instanceof ParenthesizedExpression) return inner(expression.expression);
  if (expression instanceof UnaryPrefixExpression) {
    return unary(textOf(expression.range)[0], inner(expression.operand));
  }
  if (expression instanceof BinaryExpression) {
    return binary(operatorOf(expression), inner(expression.left), inner(expression.right), isInteger);
  }
  if (expression instanceof ArrayLiteralExpression) {
    const values = expression.elementExpressions.map(inner);
    return values.includes(undefined) ? undefined : values;
  }
  return nameValue(program, expression, context, isInteger);
}

/** The value of a constant's name, or of an enum's member. */
function nameValue(program: Program, expression: Expression, context: Element, isInteger: boolean): unknown {
  if (expression instanceof PropertyAccessExpression && expression.expression instanceof IdentifierExpression) {
    const of = context.lookup(expression.expression.text);
    return of instanceof Enum ? enumValue(program, of, expression.property.text) : undefined;
  }
  if (!(expression instanceof IdentifierExpression)) return undefined;
  const element = context.lookup(expression.text);
  if (!(element instanceof Global) || !(element.declaration.flags & CONST)) return undefined;
  const initializer = (element.declaration as { initializer?: Expression | null }).initializer;
  return initializer ? constantOf(program, initializer, element.parent, isInteger) : undefined;
}

/** The number of an enum's member; undefined where only the program's run knows it. */
export function enumValue(program: Program, of: Enum, name: string): number | undefined {
  let next: number | undefined = 0;
  for (const [each, member] of of.members ?? []) {
    if (!(member instanceof EnumValue)) continue;
    const given: unknown = member.valueNode ? constantOf(program, member.valueNode, of, true) : next;
    const value: number | undefined = typeof given === "number" ? given : undefined;
    if (each === name) return value;
    next = value === undefined ? undefined : value + 1;
  }
  return undefined;
}

function unary(operator: string | undefined, operand: unknown): unknown {
  if (operator === "!") return typeof operand === "boolean" ? !operand : undefined;
  if (typeof operand !== "number") return undefined;
  return operator === "-" ? -operand : operator === "+" ? operand : undefined;
}

function binary(operator: string, left: unknown, right: unknown, isInteger: boolean): unknown {
  if (typeof left === "string" && typeof right === "string") return operator === "+" ? left + right : undefined;
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return isInteger ? Math.trunc(left / right) : left / right;
    case "%":
      return left % right;
    case "**":
      return left ** right;
    case "<<":
      // Beyond 31 bits the two languages differ.
      return left >= 0 && right >= 0 && left * 2 ** right < 2 ** 31 ? left << right : undefined;
    case "|":
      return left >= 0 && right >= 0 && Math.max(left, right) < 2 ** 31 ? left | right : undefined;
    default:
      return undefined;
  }
}

/** The compiler's numbers of tokens are erased when it is built: what stands between the operands says which it is. */
function operatorOf({ left, right }: BinaryExpression): string {
  const between = left.range.source.text.substring(left.range.end, right.range.start);
  return between.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").replace(/[\s()]/g, "");
}
