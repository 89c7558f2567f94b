/** An entry of the palette. */
export interface Command {
  /** Unique. */
  readonly id: string;
  readonly group: 'Clusters' | 'Actions' | 'Pages';
  readonly label: string;
  /** Shown next to the label. */
  readonly note?: string;
  readonly run: () => void;
}

/** Commands shown of each group; more words narrow them down. */
const MOST = 8;
const GROUPS = ['Clusters', 'Actions', 'Pages'] as const satisfies readonly Command['group'][];

export interface CommandGroup {
  readonly name: Command['group'];
  readonly commands: readonly Command[];
}

/**
 * The commands that contain each word of a search, by group. Those come first whose label, or a word of it, begins with
 * the search; so do groups.
 */
export function found(commands: readonly Command[], search: string): CommandGroup[] {
  const text = search.trim().toLowerCase();
  const words = text.split(/\s+/);
  const matching = commands.filter(({ label, note = '', group }) => {
    const all = `${label} ${note} ${group}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const sorted = matching.toSorted((one, other) => rank(one, text) - rank(other, text));
  const best = ({ commands: [first] }: CommandGroup): number => (first === undefined ? 0 : rank(first, text));
  return GROUPS.map((name) => ({
    name,
    commands: sorted.filter(({ group }) => group === name).slice(0, MOST),
  }))
    .filter((group) => group.commands.length > 0)
    .toSorted((one, other) => best(one) - best(other));
}

/** 0: the label begins with the text; 3: only the note or the group contain it. */
function rank({ label }: Command, text: string): number {
  const own = label.toLowerCase();
  if (own.startsWith(text)) return 0;
  if (own.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(text))) return 1;
  return own.includes(text) ? 2 : 3;
}
