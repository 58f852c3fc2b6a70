import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Files and rooms that every room may use. Of `config` it is the schema alone. */
const leaves = [
  'contracts',
  'observability',
  'errors.ts',
  'ids.ts',
  'clock.ts',
  'json.ts',
  'until-aborted.ts',
  'version.ts',
  'config/schema.ts',
  'config/llm-schema.ts',
] as const;

const ground = ['bus', 'store', 'events', 'llm'] as const;
const middle = ['detection', 'intelligence', 'response'] as const;

/** What each room may use beside itself and the leaves: the arrows of ARCHITECTURE.md. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  observability: [],
  config: [],
  bus: [],
  store: [],
  events: [],
  llm: [],
  detection: ground,
  intelligence: ground,
  response: ground,
  orchestration: [...middle, ...ground],
  api: ['orchestration', ...middle, ...ground],
  doors: ['orchestration', ...middle, ...ground],
  // The commands read files, and follow them, on the user's machine.
  cli: ['doors', 'evaluation', 'orchestration', ...middle, ...ground],
  demo: ['doors', 'orchestration', ...middle, ...ground],
  // Measures for a command of the command line, and answers in its words.
  bench: ['cli', 'orchestration', ...middle, ...ground],
  evaluation: ['detection', 'llm', 'events'],
};

/** Rooms with several implementations: whoever is not wiring knows the port alone. */
const ports: Readonly<Record<string, string>> = {
  bus: 'src/bus/bus.ts',
  store: 'src/store/store.ts',
  llm: 'src/llm/llm.ts',
};
const wiringRooms: ReadonlySet<string> = new Set(['bench']);

interface Import {
  /** Paths from the root of the repository. */
  readonly file: string;
  readonly target: string;
}

/** Every relative path that a module names: static and dynamic imports, re-exports, and workers by URL. */
function pathsNamedIn(text: string): string[] {
  const patterns = [
    /\bfrom\s*'(\.[^'\s]+)'/g,
    /\bimport\s*\(?\s*'(\.[^'\s]+)'/g,
    /\bnew URL\(\s*'(\.[^'\s]+\.ts)',\s*import\.meta\.url/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

function importsOf(file: string, text: string): Import[] {
  return pathsNamedIn(text).map((path) => ({ file, target: join(dirname(file), path) }));
}

/** The room of a file below src; null for the wiring, which is the files that lie in src itself. */
function roomOf(path: string): string | null {
  const [source, room, ...rest] = path.split('/');
  return source === 'src' && room !== undefined && rest.length > 0 ? room : null;
}

function isLeaf(path: string): boolean {
  return leaves.some((leaf) => path === `src/${leaf}` || path.startsWith(`src/${leaf}/`));
}

/** What is wrong with one import, in one sentence; null when nothing is. */
function faultOf({ file, target }: Import): string | null {
  const told = `${file} imports ${target}`;
  if (!target.startsWith('src/')) return `${told}, which is no part of the product`;
  const from = roomOf(file);
  if (from === null) return isLeaf(file) && !isLeaf(target) ? `${told}: a leaf uses leaves alone` : null;
  const allowed = arrows[from];
  if (allowed === undefined)
    return `${file} is in a room without arrows: draw them here and in ARCHITECTURE.md`;
  const to = roomOf(target);
  if (to === from || isLeaf(target)) return null;
  if (to === null) return `${told}: the wiring knows the rooms, no room knows the wiring`;
  if (!allowed.includes(to))
    return `${told}: ${from} may use ${allowed.join(', ') || 'the leaves alone'}, not ${to}`;
  const port = ports[to];
  const isPastPort = port !== undefined && target !== port && !wiringRooms.has(from);
  return isPastPort ? `${told}: ${to} is entered through ${port}` : null;
}

/** The first way from a room back to itself; null when there is none. */
function cycleIn(imports: readonly Import[]): string | null {
  const next = new Map<string, Map<string, Import>>();
  for (const one of imports) {
    const [from, to] = [roomOf(one.file), roomOf(one.target)];
    if (from === null || to === null || from === to) continue;
    const ways = next.get(from) ?? new Map<string, Import>();
    if (!ways.has(to)) ways.set(to, one);
    next.set(from, ways);
  }
  const done = new Set<string>();
  const walk = (room: string, way: readonly Import[]): string | null => {
    for (const [to, one] of next.get(room) ?? []) {
      const taken = [...way, one];
      const start = taken.findIndex(({ file }) => roomOf(file) === to);
      if (start !== -1)
        return taken
          .slice(start)
          .map(({ file, target }) => `${file} imports ${target}`)
          .join('; ');
      const found = done.has(to) ? null : walk(to, taken);
      if (found !== null) return found;
    }
    done.add(room);
    return null;
  };
  for (const room of next.keys()) {
    const found = walk(room, []);
    if (found !== null) return found;
  }
  return null;
}

/** Tests, and what only tests use: contract suites, workbenches. */
function isForTests(file: string): boolean {
  return /(?:\.test|\/testing|\/contract|\/contract-records|workbench)\.ts$/.test(file);
}

const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((file) => !isForTests(file));
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));

describe('the arrows between rooms', () => {
  it('are kept by every import of the product', () => {
    expect(imports.length).toBeGreaterThan(300);
    expect(imports.flatMap((one) => faultOf(one) ?? [])).toEqual([]);
  });

  it('make no circle', () => {
    expect(cycleIn(imports)).toBeNull();
  });

  it('lead to files of the product that exist, tests excluded', () => {
    const known = new Set(files);
    expect(imports.filter(({ target }) => !known.has(target))).toEqual([]);
  });

  it('are drawn for every room there is, and for no other', () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== null));
    expect(Object.keys(arrows).sort()).toEqual([...rooms].sort());
  });
});

describe('the check of the arrows', () => {
  it.each([
    ['src/bus/kafka.ts', 'src/store/store.ts', 'bus may use the leaves alone, not store'],
    ['src/detection/verdict.ts', 'src/intelligence/narrative.ts', 'detection may use bus, store, events'],
    ['src/response/plan.ts', 'src/orchestration/cycle.ts', 'not orchestration'],
    ['src/doors/request.ts', 'src/api/ports.ts', 'not api'],
    ['src/api/create-api.ts', 'src/assemble.ts', 'no room knows the wiring'],
    ['src/events/read.ts', 'src/config/load.ts', 'not config'],
    ['src/orchestration/cycle.ts', 'src/store/sqlite.ts', 'entered through src/store/store.ts'],
    ['src/json.ts', 'src/events/read.ts', 'a leaf uses leaves alone'],
    ['src/bus/embedded.ts', 'tests/support/kafka-bus.ts', 'no part of the product'],
    ['src/new-room/thing.ts', 'src/errors.ts', 'a room without arrows'],
  ])('names %s and %s', (file, target, reason) => {
    const fault = faultOf({ file, target }) ?? '';
    expect(fault).toContain(file);
    expect(fault).toContain(reason);
  });

  it('lets the wiring, a neighbour file and a leaf pass', () => {
    expect(faultOf({ file: 'src/assemble.ts', target: 'src/bus/kafka.ts' })).toBeNull();
    expect(faultOf({ file: 'src/bus/kafka.ts', target: 'src/bus/kafka-cluster.ts' })).toBeNull();
    expect(faultOf({ file: 'src/bus/kafka.ts', target: 'src/config/schema.ts' })).toBeNull();
  });

  it('finds a circle and tells the way round', () => {
    const circle = [
      { file: 'src/events/a.ts', target: 'src/store/b.ts' },
      { file: 'src/store/b.ts', target: 'src/bus/c.ts' },
      { file: 'src/bus/c.ts', target: 'src/store/d.ts' },
    ];
    expect(cycleIn(circle)).toBe('src/store/b.ts imports src/bus/c.ts; src/bus/c.ts imports src/store/d.ts');
    expect(cycleIn(circle.slice(0, 2))).toBeNull();
  });

  it('sees every way in which a module can be named', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import {\n  b,\n} from '../b.ts';",
      "import './c.ts';",
      "export { d } from './d.ts';",
      "await import('./e.ts');",
      "new Worker(new URL('./f.ts', import.meta.url));",
      "import fastify from 'fastify';",
    ].join('\n');
    expect(
      importsOf('src/api/x.ts', text)
        .map(({ target }) => target)
        .sort(),
    ).toEqual(['a', 'c', 'd', 'e', 'f'].map((name) => `src/api/${name}.ts`).concat('src/b.ts'));
  });
});
