/**
 * The grammar of tags, and what actions do to them. Pure: lists of tags in, lists of tags out.
 *
 * `tests/data/tags.json` holds the grammar as a table that this file and the server's are tested with. Tags that come
 * near one of ours are the server's to find.
 */
export type Word = 'parameters' | 'setup' | 'skip' | 'metrics';

export type Tag =
  | { kind: 'step' | 'after'; name: string }
  | { kind: Word }
  | { kind: 'foreign' };

/** A code cell, as far as tags are concerned. */
export interface ITagged {
  id: string;
  tags: readonly string[];
}

/** Cell ids to all the tags that these cells have afterwards. */
export type TagChange = Record<string, string[]>;

const WORDS: readonly Word[] = ['parameters', 'setup', 'skip', 'metrics'];

/** Kubernetes' limit for names that become labels. */
const MAX_STEP_NAME = 63;

/** What a tag means. White space around it, and around a name, does not count. */
export function parseTag(text: string): Tag {
  const tag = text.trim();
  const word = WORDS.find(each => each === tag);
  if (word) {
    return { kind: word };
  }
  const match = /^(step|after):(.*)$/s.exec(tag);
  const name = match ? normaliseName(match[2] ?? '') : null;
  if (!match || name === null || /[,;]\s*(step|after)\s*:/.test(tag)) {
    return { kind: 'foreign' };
  }
  return { kind: match[1] as 'step' | 'after', name };
}

/**
 * A step's name as Kubernetes wants it: `Load Data` → `load-data`. Null where nothing is left or it is too long.
 */
export function normaliseName(spelling: string): string | null {
  const folded = spelling.trim().toUpperCase().toLowerCase().normalize('NFKD');
  const name = folded
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name && name.length <= MAX_STEP_NAME ? name : null;
}

/** The name of the step that the cell begins or goes on with. */
export function stepOf(tags: readonly string[]): string | null {
  for (const tag of tags) {
    const parsed = parseTag(tag);
    if (parsed.kind === 'step') {
      return parsed.name;
    }
  }
  return null;
}

/** Whether one of the tags is that word. */
export function has(tags: readonly string[], word: Word): boolean {
  return tags.some(tag => parseTag(tag).kind === word);
}

/** Whether any cell has a tag of ours. */
export function isTagged(cells: readonly ITagged[]): boolean {
  return cells.some(cell =>
    cell.tags.some(tag => parseTag(tag).kind !== 'foreign')
  );
}

/** Names of the steps, in notebook order. */
export function stepNames(cells: readonly ITagged[]): string[] {
  const names = cells.map(cell => stepOf(cell.tags));
  return [...new Set(names.filter((name): name is string => name !== null))];
}

/** The step that each code cell belongs to by the tags alone; null above the first and for setup, skip, parameters. */
export function stepsByCell(
  cells: readonly ITagged[]
): Map<string, string | null> {
  const steps = new Map<string, string | null>();
  let current: string | null = null;
  for (const cell of cells) {
    current = stepOf(cell.tags) ?? current;
    steps.set(cell.id, isApart(cell.tags) ? null : current);
  }
  return steps;
}

/** `parameters`, `setup` and `skip` take a cell out of its step. */
function isApart(tags: readonly string[]): boolean {
  return (['parameters', 'setup', 'skip'] as const).some(word =>
    has(tags, word)
  );
}

function without(tags: readonly string[], kinds: Tag['kind'][]): string[] {
  return tags.filter(tag => !kinds.includes(parseTag(tag).kind));
}

/**
 * The chosen cells become the step of that name.
 *
 * One cell begins the step, and untagged cells below come along. Of several, the first in a row begins it and nothing
 * but these belongs to it: the cell below the row stays in the step that it was in.
 */
export function nameStep(
  cells: readonly ITagged[],
  chosen: readonly string[],
  name: string
): TagChange {
  const change: TagChange = {};
  const before = stepsByCell(cells);
  cells.forEach((cell, index) => {
    const previous = cells[index - 1];
    const goesOn = previous !== undefined && chosen.includes(previous.id);
    if (chosen.includes(cell.id)) {
      const rest = without(cell.tags, ['step', 'parameters', 'setup', 'skip']);
      change[cell.id] = goesOn ? rest : [`step:${name}`, ...rest];
    } else if (goesOn && chosen.length > 1) {
      const own = before.get(cell.id);
      if (own && own !== name && stepOf(cell.tags) === null) {
        change[cell.id] = [`step:${own}`, ...cell.tags];
      }
    }
  });
  return changed(cells, change);
}

/** The chosen cells begin no step any more: they belong to the one above. */
export function clearStep(
  cells: readonly ITagged[],
  chosen: readonly string[]
): TagChange {
  const change: TagChange = {};
  for (const cell of cells) {
    if (chosen.includes(cell.id)) {
      change[cell.id] = without(cell.tags, [
        'step',
        'after',
        'parameters',
        'setup',
        'skip',
        'metrics'
      ]);
    }
  }
  return changed(cells, change);
}

/**
 * The chosen cells get the word, or lose it where all have it already.
 *
 * A step that one of them began begins at its next cell then. There is one parameters cell: another loses the tag.
 */
export function toggleWord(
  cells: readonly ITagged[],
  chosen: readonly string[],
  word: Word
): TagChange {
  const change: TagChange = {};
  const picked = cells.filter(cell => chosen.includes(cell.id));
  const off = picked.length > 0 && picked.every(cell => has(cell.tags, word));
  const tagsOf = (cell: ITagged) => change[cell.id] ?? [...cell.tags];
  for (const cell of picked) {
    if (off) {
      change[cell.id] = without(tagsOf(cell), [word]);
    } else if (word === 'metrics') {
      change[cell.id] = [...without(tagsOf(cell), ['metrics', 'skip']), word];
    } else {
      const own = tagsOf(cell);
      handOn(cells, cell, own, chosen, change);
      change[cell.id] = [
        ...without(own, [
          'step',
          'after',
          'parameters',
          'setup',
          'skip',
          'metrics'
        ]),
        word
      ];
    }
  }
  if (word === 'parameters' && !off) {
    const kept = picked[0]?.id;
    for (const cell of cells) {
      if (cell.id !== kept && has(tagsOf(cell), 'parameters')) {
        change[cell.id] = without(tagsOf(cell), ['parameters']);
      }
    }
  }
  return changed(cells, change);
}

/** The tags `step:` and `after:` of a cell that leaves its step go to the step's next cell. */
function handOn(
  cells: readonly ITagged[],
  cell: ITagged,
  tags: readonly string[],
  chosen: readonly string[],
  change: TagChange
): void {
  if (stepOf(tags) === null) {
    return;
  }
  const begun = tags.filter(tag =>
    ['step', 'after'].includes(parseTag(tag).kind)
  );
  for (const heir of cells.slice(cells.indexOf(cell) + 1)) {
    const own = change[heir.id] ?? [...heir.tags];
    if (stepOf(own) !== null) {
      return;
    }
    if (!isApart(own) && !chosen.includes(heir.id)) {
      change[heir.id] = [...begun, ...own];
      return;
    }
  }
}

/** A step's name changes wherever it is written in tags. */
export function renameStep(
  cells: readonly ITagged[],
  from: string,
  to: string
): TagChange {
  const change: TagChange = {};
  for (const cell of cells) {
    const tags = cell.tags.map(tag => {
      const parsed = parseTag(tag);
      const named = parsed.kind === 'step' || parsed.kind === 'after';
      return named && parsed.name === from ? `${parsed.kind}:${to}` : tag;
    });
    change[cell.id] = [...new Set(tags)];
  }
  return changed(cells, change);
}

/** Only what is different afterwards. */
function changed(cells: readonly ITagged[], change: TagChange): TagChange {
  const before = new Map(cells.map(cell => [cell.id, cell.tags]));
  return Object.fromEntries(
    Object.entries(change).filter(
      ([id, tags]) => JSON.stringify(tags) !== JSON.stringify(before.get(id))
    )
  );
}
