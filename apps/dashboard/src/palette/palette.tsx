import { TextInput } from '@mantine/core';
import { MagnifyingGlassIcon } from '@radix-ui/react-icons';
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import { Dialog } from '../layout/dialog';
import { counted } from '../layout/words';
import { type Command, found } from './commands';
import classes from './palette.module.css';

interface PaletteProps {
  readonly opened: boolean;
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}

/** Finds clusters, actions and pages by name. */
export function Palette({ opened, commands, onClose }: PaletteProps) {
  return (
    <Dialog opened={opened} onClose={onClose} size="lg" title="Go to, or do">
      <Search commands={commands} onClose={onClose} />
    </Dialog>
  );
}

/** A combobox with a list of options; the focus stays in the field. */
function Search({ commands, onClose }: Omit<PaletteProps, 'opened'>) {
  const [search, setSearch] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const groups = found(commands, useDeferredValue(search));
  const all = groups.flatMap((group) => group.commands);
  // The list can become shorter by itself, as clusters come and go.
  const chosen = Math.min(active, all.length - 1);

  function run(command: Command | undefined): void {
    if (command === undefined) return;
    onClose();
    command.run();
  }

  function press(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    const next = stepOf(event.key, chosen, all.length);
    if (next === null && event.key !== 'Enter') return;
    event.preventDefault();
    if (next === null) run(all[chosen]);
    else setActive(next);
  }

  return (
    <>
      <TextInput
        data-autofocus
        role="combobox"
        aria-label="Search clusters, actions and pages"
        aria-expanded={all.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={all.length === 0 ? undefined : `${id}-${chosen}`}
        autoComplete="off"
        spellCheck={false}
        size="md"
        leftSection={<MagnifyingGlassIcon />}
        placeholder="Name of a cluster, an action or a page"
        value={search}
        onChange={(event) => {
          setSearch(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={press}
      />
      <p role="status" className={all.length === 0 ? classes['none'] : 'visually-hidden'}>
        {all.length === 0 ? `Nothing is called “${search}”.` : counted(all.length, 'result')}
      </p>
      <div id={`${id}-list`} role="listbox" aria-label="Results" className={classes['list']}>
        {groups.map(({ name, commands: own }) => (
          <div key={name} role="group" aria-labelledby={`${id}-${name}`}>
            <div id={`${id}-${name}`} role="presentation" className={classes['group']}>
              {name}
            </div>
            {own.map((command) => {
              const index = all.indexOf(command);
              return (
                <button
                  key={command.id}
                  ref={index === chosen ? showOption : undefined}
                  type="button"
                  tabIndex={-1}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === chosen}
                  className={classes['option']}
                  onPointerMove={() => setActive(index)}
                  onClick={() => run(command)}
                >
                  <span className={classes['label']} title={command.label}>
                    {command.label}
                  </span>
                  {command.note !== undefined && <span className={classes['note']}>{command.note}</span>}
                </button>
              );
            })}
          </div>
        ))}
      </div>
    </>
  );
}

function showOption(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: 'nearest' });
}

/** `null`: no key that moves. Home and End stay with the text. */
function stepOf(key: string, from: number, count: number): number | null {
  if (count === 0) return null;
  if (key === 'ArrowDown') return (from + 1) % count;
  return key === 'ArrowUp' ? (from + count - 1) % count : null;
}
