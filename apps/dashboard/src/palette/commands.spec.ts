import { describe, expect, it } from '@jest/globals';
import { type Command, found } from './commands';

const command = (group: Command['group'], label: string, note?: string): Command => ({
  id: label,
  group,
  label,
  ...(note === undefined ? {} : { note }),
  run: () => undefined,
});

const COMMANDS = [
  command('Pages', 'Operations'),
  command('Clusters', 'old-web'),
  command('Clusters', 'web'),
  command('Clusters', 'cobweb', 'Needs attention'),
  command('Actions', 'Hold a count of web'),
];

const labels = (search: string) =>
  found(COMMANDS, search).map(({ name, commands }) => [name, ...commands.map(({ label }) => label)]);

describe('the commands of a search', () => {
  it('are those with each word, in any case, by group', () => {
    expect(labels('WEB hold')).toEqual([['Actions', 'Hold a count of web']]);
    expect(labels('oper')).toEqual([['Pages', 'Operations']]);
    expect(labels('nothing of the kind')).toEqual([]);
  });

  it('begin with those that begin with it', () => {
    expect(labels('web')).toEqual([
      ['Clusters', 'web', 'old-web', 'cobweb'],
      ['Actions', 'Hold a count of web'],
    ]);
  });

  it('begin with the group of the best one: a note is less than a name', () => {
    const paused = command('Clusters', 'old shop', 'Paused');
    const groups = found([paused, command('Actions', 'Pause web')], 'pause');
    expect(groups.map(({ name }) => name)).toEqual(['Actions', 'Clusters']);
  });

  it('are found by their note and their group, too', () => {
    expect(labels('attention')).toEqual([['Clusters', 'cobweb']]);
    expect(labels('pages')).toEqual([['Pages', 'Operations']]);
  });

  it('are all of them for an empty search, a few of each group', () => {
    expect(labels(' ')).toHaveLength(3);
    const many = Array.from({ length: 500 }, (_, index) => command('Clusters', `c${index}`));
    expect(found(many, '')[0]?.commands).toHaveLength(8);
  });
});
