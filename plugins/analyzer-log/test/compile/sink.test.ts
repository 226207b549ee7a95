import { describe, expect, it } from 'vitest';
import type { RuleTools } from '../../src/plan.js';
import { freeTools, json, run, type LogText } from './kit.js';

interface Asked {
  readonly ids: string[];
  readonly tools: RuleTools;
}

function tools(allowed: (id: string, rpm: number) => boolean, chance = 0): Asked {
  const ids: string[] = [];
  const allow = (id: string, rpm: number): boolean => {
    ids.push(`${id} ${rpm}`);
    return allowed(id, rpm);
  };
  return { ids, tools: { ...freeTools, allow, chance: () => chance } };
}

function kept(body: string, asked = tools(() => true), log: LogText = {}): boolean {
  return run(`filter { json { abortOnFailure false } ${body} }`, log, { tools: asked.tools }).kept;
}

describe('sink', () => {
  it('keeps the log; without one nothing is kept', () => {
    expect(kept('sink {}')).toBe(true);
    expect(kept('')).toBe(false);
    expect(kept('extractor { tag a: 1 }')).toBe(false);
    expect(kept('if (false) { sink {} }')).toBe(false);
  });

  it('drops by a dropper and keeps by an enforcer, the last one deciding', () => {
    expect(kept('sink { dropper {} }')).toBe(false);
    expect(kept('sink { dropper {} enforcer {} }')).toBe(true);
    expect(kept('sink { enforcer {} dropper {} }')).toBe(false);
    expect(kept('sink { if (parsed.level == "DEBUG") { dropper {} } else { enforcer {} } }', tools(() => true), json({ level: 'DEBUG' }))).toBe(false);
  });

  it('keeps once kept, whatever a later sink says', () => {
    expect(kept('sink {} sink { dropper {} }')).toBe(true);
  });

  it('asks a sampler by its id', () => {
    const no = tools(() => false);
    expect(kept(`sink { sampler { rateLimit('a:b') { rpm 6000 } } }`, no)).toBe(false);
    expect(no.ids).toEqual(['a:b 6000']);
    expect(kept('sink { sampler { rateLimit("x") { rpm 1 } } enforcer {} }', no)).toBe(true);
  });

  it('puts values into the id', () => {
    const asked = tools(() => true);
    kept('sink { sampler { rateLimit("${log.service}:${parsed?.code}:${tag("k")}") { rpm 5 } } }'.replace('tag("k")', "tag('k')"), asked, { ...json({ code: 500 }), tagged: { k: 'v' } });
    kept('sink { sampler { rateLimit("${parsed.a + 1}-${parsed?.missing?.trim()}") { rpm 5 } } }', asked, json({ a: 'x' }));
    kept('sink { sampler { rateLimit("${parsed.m}") { rpm 5 } } }', asked, json({ m: { a: 1 } }));
    kept('sink { sampler { rateLimit("$x {y} $") { rpm 5 } } }', asked);
    expect(asked.ids).toEqual(['shop:500:v 5', 'x1-null 5', '{"a":1} 5', '$x {y} $ 5']);
  });

  it('without an id asks for the rule', () => {
    const asked = tools(() => true);
    kept('sink { sampler { rateLimit { rpm 10 } } }', asked);
    expect(asked.ids).toEqual(['r 10']);
  });

  it('asks only the sampler of the branch', () => {
    const asked = tools((id) => id === 'big');
    const sink = 'sink { sampler { if (parsed.app == "big") { rateLimit("big") { rpm 1800 } } else if (parsed.app == "mid") { rateLimit("mid") { rpm 180 } } else { rateLimit("small") { rpm 18 } } } }';
    expect(['big', 'mid', 'other'].map((app) => kept(sink, asked, json({ app })))).toEqual([true, false, false]);
    expect(asked.ids).toEqual(['big 1800', 'mid 180', 'small 18']);
  });

  it('of several samplers the last decides', () => {
    expect(kept('sink { sampler { rateLimit("no") { rpm 1 } rateLimit("yes") { rpm 1 } } }', tools((id) => id === 'yes'))).toBe(true);
    expect(kept('sink { sampler { rateLimit("yes") { rpm 1 } rateLimit("no") { rpm 1 } } }', tools((id) => id === 'yes'))).toBe(false);
  });

  it('keeps a share by chance', () => {
    const share = 'sink { sampler { possibility(30) {} } }';
    expect(kept(share, tools(() => true, 0.29))).toBe(true);
    expect(kept(share, tools(() => true, 0.3))).toBe(false);
    expect(kept('sink { sampler { possibility(100) } }', tools(() => true, 0.999))).toBe(true);
    expect(kept('sink { sampler { possibility(0) } }', tools(() => true, 0))).toBe(false);
  });
});

describe('abort', () => {
  it('ends the rule at once, and nothing is kept', () => {
    const outcome = run('filter { extractor { tag a: 1 } abort {} extractor { tag b: 2 } sink {} }');
    expect(outcome).toMatchObject({ aborted: true, kept: false, tags: [['a', '1']] });
  });

  it('stands at every level', () => {
    expect(run('filter { extractor { if (true) { abort {} } tag a: 1 } sink {} }')).toMatchObject({ aborted: true, kept: false, tags: [] });
    expect(run('filter { sink { if (true) { abort {} } } }')).toMatchObject({ aborted: true, kept: false });
    expect(run('filter { sink {} abort {} }')).toMatchObject({ aborted: true, kept: false });
  });

  it('keeps what would fail behind it from being asked', () => {
    const rule = 'filter { if (tag("code") == "") { abort {} } if (tag("code") as Integer < 400) { abort {} } sink {} }';
    expect(run(rule).aborted).toBe(true);
    expect(run(rule, { tagged: { code: '500' } }).kept).toBe(true);
    expect(() => run(rule, { tagged: { code: 'x' } })).toThrow();
  });
});

describe('the rules of the gateway', () => {
  it('decide over tags with settings', () => {
    const rule = `filter {
      if (tag("response_code") != "" && tag("response_code") != "-") {
        if (tag("response_code") as Integer < settings.errorStatus) {
          if ((tag("in") as Integer) + (tag("out") as Integer) < settings.tokens) { abort {} }
        }
      }
      extractor { tag 'ai_route_type': "llm" }
      sink {}
    }`;
    const head = { layer: 'ENVOY_AI_GATEWAY', constants: { errorStatus: 400, tokens: 10_000 } };
    const outcomes = [['500', '1', '1'], ['200', '1', '1'], ['200', '9000', '1000'], ['-', '', '']].map(([response_code = '', input = '', output = '']) =>
      run(rule, { tagged: { response_code, in: input, out: output } }, head).kept);
    expect(outcomes).toEqual([true, false, true, true]);
  });
});
