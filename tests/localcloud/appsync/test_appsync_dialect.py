"""What AppSync refuses of JavaScript, and what it does not."""

from pathlib import Path

import pytest

from appsync.packaging import bundled
from localcloud.appsync.dialect import refusals
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.js import Code, JavaScript
from tests.conftest import ROOT
from tests.localcloud.appsync.small import IMPORTS
from tests.localcloud.appsync.world import FIXTURES


def within(body: str) -> list[str]:
    return [str(each) for each in refusals(f"{IMPORTS}export function request(ctx) {{\n{body}\n}}")]


LEGAL = {
    "array methods with arrows": "return [1].map((n) => n * 2).filter((n) => n).reduce((a, b) => a + b);",
    "more array methods": "return [1].some((n) => n) && [[1]].flatMap((n) => n).find((n) => n);",
    "a callback by its name": "const twice = (n) => n * 2; return [1].map(twice);",
    "a callback with a body": "ctx.args.list.forEach((each) => { ctx.stash[each] = 1; }); return 1;",
    "callbacks in callbacks": "return [[1]].map((row) => row.map((cell) => ({ cell })));",
    "template strings": "return `a ${ctx.args.a} ${`b ${1}`}\\n`;",
    "for-of": "const out = []; for (const each of [1]) { out.push(each); } return out;",
    "for-in": "const out = []; for (const k in {}) { out.push(k); } return out;",
    "destructured objects": "const { a, b: { c = 1 }, ...rest } = ctx.args; return { a, c, rest };",
    "destructured lists": "const [d, , e = 2, ...f] = [1]; return { d, e, f };",
    "optional chaining": "return ctx.args?.a?.[0] ?? ctx.identity?.sub ?? ctx.args.f?.length;",
    "switch and break": "switch (ctx.args.a) { case 1: return 1; default: break; } return 2;",
    "ternaries and logic": "return ctx.args.a && !ctx.args.b ? 1 : ctx.args.c || void 0;",
    "bits": "return (5 & 3) | (1 << 2) ^ (8 >> 1) ^ (8 >>> 1);",
    "exponents and remainders": "return 2 ** 3 % 3;",
    "typeof and delete": "const o = { a: 1 }; delete o.a; return typeof o === 'object' && o;",
    "spread": "const all = [...ctx.args.list, 1]; return { ...ctx.args, all, max: Math.max(...all) };",
    "rest parameters and defaults": "const f = (first = 0, ...more) => more.length + first; return f(1);",
    "helpers that call helpers": "const a = () => 1; const b = () => a(); return b() + a();",
    "a helper called twice": "const a = (n) => n; return a(a(1));",
    "the stash": "ctx.stash.list = [1]; ctx.stash['x'] = 2; ctx.stash.list.push(3); return ctx.stash;",
    "dates": "return new Date(0).toISOString();",
    "objects": "return Object.keys(Object.assign({}, ctx.args)).length + Object.entries({}).length;",
    "Object.hasOwn": "return Object.hasOwn(ctx.args, 'a');",
    "JSON": "return JSON.parse(JSON.stringify({ a: null, b: undefined, c: NaN }));",
    "strings": "return 'a-b'.split('-').join('').toUpperCase().includes('A').toString();",
    "globals without an import": "return util.autoId() + console.log('x') + runtime + extensions;",
    "compound assignment": "let n = 0; n += 1; n -= 1; n *= 2; n ??= 3; n ||= 4; return n;",
    "members called as things that are not there": "return { class: 1, in: 3, await: ctx.args.while }.try;",
    "shadowing by parameters": "const f = (process) => process; return f(1);",
    "getter-like names": "const { map } = ctx.args; return { map, get: 1, set: 2, of: 3 };",
    "comments": "/* while (true) {} */ // try { }\n return 1;",
    "words in strings": "return 'async await this throw';",
    "functions in functions": "function f(x) { function g(y) { return y + x; } return g(1); } return f(2);",
    "namesakes": "function f() { const id = () => 1; return id(); } const id = f(); return util.error(id);",
    "early return": "if (!ctx.args.a) { runtime.earlyReturn({ a: 1 }, { skipTo: 'END' }); } return null;",
    "numbers": "return 1_000 + 0xff + 1e3 + .5;",
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_code_within_the_language_passes(name: str) -> None:
    assert within(LEGAL[name]) == []


@pytest.mark.parametrize("name", LEGAL)
def test_legal_code_compiles(name: str) -> None:
    engine = JavaScript(1)
    code = Code(name, f"{IMPORTS}export function request(ctx) {{ {LEGAL[name]} }}")
    assert engine.check(code) == {"request"}
    engine.close()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("const f = async () => 1;", "async functions"),
        ("async function f() { return 1; }", "async functions"),
        ("const o = { async f() { return 1; } };", "async functions"),
        ("class A {}", "a class"),
        ("const A = class {};", "a class"),
        ("return this.x;", "this"),
        ("function* f() { yield 1; }", "a generator"),
        ("const o = { *f() { return 1; } };", "a generator"),
        ("try { return 1; } catch (e) { return 2; }", "try … catch"),
        ("throw 'x';", "throw"),
        ("while (true) { return 1; }", "while"),
        ("do { return 1; } while (true);", "do … while"),
        ("for (let i = 0; i < 3; i += 1) { ctx.stash.i = i; }", "for (…;…;…)"),
        ("for (const x of [1]) { continue; }", "continue"),
        ("here: for (const x of [1]) { break here; }", "a label"),
        ("let i = 0; i++;", "the operator ++"),
        ("let i = 0; --i;", "the operator --"),
        ("return ~1;", "the operator ~"),
        ("return 'a' in ctx.args;", "the operator in"),
        ("return ctx.args instanceof Object;", "the operator instanceof"),
        ("return /a+/.test('a');", "a regular expression literal"),
        ("debugger;", "debugger"),
        ("return Object.freeze({});", "Object.freeze"),
        ("return Array.from([1]);", "Array.from"),
        ("return import('x');", "import()"),
        ("return new Promise(1);", "'Promise'"),
        ("return new Map();", "'Map'"),
        ("return fetch('http://x');", "'fetch'"),
        ("return process.env.A;", "'process'"),
        ("setTimeout(1);", "'setTimeout'"),
        ("return eval('1');", "'eval'"),
        ("return { require };", "'require'"),
        ("return arguments[0];", "'arguments'"),
        ("const f = (n) => (n > 0 ? f(n - 1) : 0); return f(3);", "f calls itself"),
        ("function a() { return b(); } function b() { return a(); } return a();", "a calls itself"),
        ("const f = (xs) => xs.map((x) => f(x)); return f([]);", "f calls itself"),
        ("const f = (g) => g; return f(() => 1);", "cannot be passed to f"),
        ("return [2, 1].sort((a, b) => a - b);", "cannot be passed to [2, 1].sort"),
        ("const g = () => 1; return util.error(g);", "cannot be passed to util.error"),
        ("const f = () => 1; const g = f; return g();", "cannot be given another name"),
        ("const f = () => 1; let g; g = f; return g();", "cannot be given another name"),
        ("return () => 1;", "cannot be returned"),
        ("const f = () => 1; return f;", "cannot be returned"),
        ("const f = () => () => 1; return 1;", "cannot be returned"),
        ("ctx = {};", "ctx and its members are read-only"),
        ("ctx.stash = {};", "ctx.stash is read-only"),
        ("ctx.args.a = 1; ctx['result'] = 2;", "ctx['result'] is read-only"),
        ("delete ctx.prev;", "ctx.prev is read-only"),
    ],
)
def test_code_beyond_the_language_is_refused_with_its_line(body: str, reason: str) -> None:
    found = within(body)
    assert any(reason in each for each in found), found
    assert all(each.startswith("line 3: ") for each in found), found


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("import fs from 'fs';", "module 'fs'"),
        ("import { sql } from '@aws-appsync/utils/rds';", "module '@aws-appsync/utils/rds'"),
        ("import utils from '@aws-appsync/utils';", "default export"),
        ("import 'lodash';", "module 'lodash'"),
        ("export default 1;", "exports other than by name"),
        ("export * from '@aws-appsync/utils';", "exports other than by name"),
        ("export function request( {", "no JavaScript"),
    ],
)
def test_modules_that_appsync_does_not_have_are_refused(module: str, reason: str) -> None:
    assert reason in str(refusals(module)[0])


def test_everything_is_told_at_once_when_the_code_is_loaded() -> None:
    text = "export function request(ctx) {\n  let n = 0;\n  n++;\n  while (n) { n++; }\n}"
    with pytest.raises(DefinitionError) as caught:
        JavaScript(1).check(Code("Query.a", text))
    assert str(caught.value).startswith("Query.a is no APPSYNC_JS: line 3: ")
    assert str(caught.value).count("line 4") == 2


def test_imports_and_exports_may_be_called_otherwise_elsewhere() -> None:
    code = """import { put as write } from '@aws-appsync/utils/dynamodb';
    function ask(ctx) { return write({ key: ctx.args, item: {} }); }
    export { ask as request };"""
    assert not refusals(code)
    assert JavaScript().check(Code("renamed", code)) == {"request"}


def test_names_of_a_module_that_are_not_there_are_refused() -> None:
    text = "import { sync } from '@aws-appsync/utils/dynamodb';\nexport function request() { return sync; }"
    with pytest.raises(DefinitionError, match=r"dynamodb\.sync is not part of APPSYNC_JS"):
        JavaScript(1).check(Code("Query.a", text))


SHIPPED = [
    *ROOT.glob("appsync/resolvers/*.js"),
    *FIXTURES.glob("*/*.js"),
    *ROOT.glob("localcloud/*/*/resolvers/*.js"),
]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_our_own_handlers_are_within_the_language(path: Path) -> None:
    assert refusals(bundled(path)) == []
