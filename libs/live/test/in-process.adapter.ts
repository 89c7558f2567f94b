import { ClusterAdapterWithHeartbeat, type ClusterMessage, type ClusterResponse } from 'socket.io-adapter';
import type { InstanceAdapter } from '../src/instance.adapter.js';

type Sent = ClusterMessage & { uid: string; nsp: string };

/** Carries messages between instances within this process, as JSON, as a database would; loses them on command. */
export class InProcessWire {
  readonly members = new Set<Member>();
  cut = false;

  adapter(): InstanceAdapter {
    const { members } = this;
    const carry = (message: Sent): void => {
      if (this.cut) return;
      const text = JSON.stringify(message);
      setImmediate(() => {
        for (const member of members) member.onMessage(JSON.parse(text) as Sent);
      });
    };
    return {
      create: function create(nsp: unknown) {
        const member = new Member(nsp, carry);
        members.add(member);
        return member;
      } as never,
      busy: () => false,
      close: async () => Promise.resolve(),
    };
  }
}

class Member extends ClusterAdapterWithHeartbeat {
  constructor(
    nsp: unknown,
    private readonly carry: (message: Sent) => void,
  ) {
    super(nsp, {});
  }

  override onMessage(message: Sent): void {
    super.onMessage(message);
  }

  protected override doPublish(message: ClusterMessage): Promise<string> {
    this.carry(message);
    return Promise.resolve('');
  }

  protected override doPublishResponse(_to: string, response: ClusterResponse): Promise<void> {
    this.carry(response as unknown as Sent);
    return Promise.resolve();
  }
}
