import type { HandOver } from '../sdk/index.js';

/**
 * A hand-over as it can be stored and shown.
 *
 * @param line makes one line of a text, without secrets
 * @param masked the text without secrets; commands are not cut
 */
export function checkedHandOver(
  { objects, steps }: HandOver,
  line: (text: string) => string,
  masked: (text: string) => string,
): HandOver {
  return {
    objects: objects.map(line),
    steps: steps.map(({ object, action, command, undo, outcome, note }) => ({
      object: line(object),
      action: line(action),
      command: masked(command),
      undo: undo === null ? null : masked(undo),
      outcome,
      note: note === null ? null : line(note),
    })),
  };
}
