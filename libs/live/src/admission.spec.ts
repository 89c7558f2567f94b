import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Admission } from './admission.js';

class Connection extends EventEmitter {
  open = true;
  close(): void {
    this.open = false;
    this.emit('close');
  }
}

describe('connections without a login', () => {
  let admission: Admission;
  beforeEach(() => {
    admission = new Admission({ users: 3, perUser: 2, anonymous: 4, perAddress: 2 });
  });

  function opened(address: string): Connection {
    const connection = new Connection();
    admission.open(connection, address);
    return connection;
  }

  it('of one address replace each other above the limit, the oldest first', () => {
    const [first, second, third] = [opened('a'), opened('a'), opened('a')];
    expect([first.open, second.open, third.open]).toEqual([false, true, true]);
    expect(opened('b').open).toBe(true);
    expect(second.open).toBe(true);
  });

  it('of all addresses replace each other above the limit, the oldest first', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map(opened);
    expect(all.map(({ open }) => open)).toEqual([false, true, true, true, true]);
    expect(admission.waiting).toBe(4);
  });

  it('are not counted any more once closed', () => {
    for (let index = 0; index < 1000; index += 1) opened('a').close();
    expect(admission.waiting).toBe(0);
    const kept = [opened('a'), opened('a')];
    expect(kept.every(({ open }) => open)).toBe(true);
  });

  it('and those of users have separate limits', () => {
    const users = [opened('a'), opened('a'), opened('b')];
    expect(users.map((user, index) => admission.logIn(user, `user ${index}`))).toEqual([true, true, true]);
    for (let index = 0; index < 1500; index += 1) opened(`address ${index % 100}`);
    expect(users.every(({ open }) => open)).toBe(true);
    expect(admission.waiting).toBe(4);
  });

  it('stay without a login above the limit of users, in total or per account', () => {
    expect(['ada', 'ada', 'ada'].map((name) => admission.logIn(opened('a'), name))).toEqual([true, true, false]);
    expect(admission.waiting).toBe(1);
    const last = opened('b');
    expect(admission.logIn(last, 'bob')).toBe(true);
    expect(admission.logIn(opened('c'), 'eva')).toBe(false);
    last.close();
    expect(admission.logIn(opened('c'), 'eva')).toBe(true);
  });

  it('may try to log in a few times, and not again once logged in', () => {
    const guesser = opened('a');
    const tries = Array.from({ length: 7 }, () => admission.mayLogIn(guesser));
    expect(tries).toEqual([true, true, true, true, true, false, false]);
    const user = opened('b');
    expect(admission.mayLogIn(user) && admission.logIn(user, 'ada')).toBe(true);
    expect(admission.mayLogIn(user)).toBe(false);
    expect(admission.logIn(user, 'ada')).toBe(false);
  });
});
