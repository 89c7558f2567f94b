import { Button, Text } from '@mantine/core';
import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import { Component, type ReactNode } from 'react';
import { queryClient } from '../api/query-client';
import classes from './part.module.css';

/** A part that failed is tried again after this time; the answer of the service may be complete by then. */
const RETRY_MS = 15_000;

interface PartProps {
  /** The name that the reader sees. */
  readonly name: string;
  /** A function is called inside of the part, so that an error in it is one of the part. */
  readonly children: ReactNode | (() => ReactNode);
}

interface PartState {
  readonly failed: boolean;
}

/** A part of a page. If it cannot be rendered, a sentence takes its place, and the other parts stay. */
export class Part extends Component<PartProps, PartState> {
  override readonly state: PartState = { failed: false };
  private retry: ReturnType<typeof setTimeout> | undefined;

  static getDerivedStateFromError(): PartState {
    return { failed: true };
  }

  override componentDidUpdate(): void {
    if (this.state.failed) this.retry ??= setTimeout(this.again, RETRY_MS);
  }

  override componentDidMount(): void {
    this.componentDidUpdate();
  }

  override componentWillUnmount(): void {
    clearTimeout(this.retry);
  }

  private readonly again = (): void => {
    clearTimeout(this.retry);
    this.retry = undefined;
    // What the part had loaded is not active while it is not there.
    queryClient.removeQueries({ type: 'inactive' });
    void queryClient.refetchQueries({ type: 'active' }).then(() => this.setState({ failed: false }));
  };

  override render(): ReactNode {
    const { name, children } = this.props;
    if (this.state.failed) return <Broken name={name} onRetry={this.again} />;
    return typeof children === 'function' ? <Called render={children} /> : children;
  }
}

function Called({ render }: { readonly render: () => ReactNode }) {
  return render();
}

function Broken({ name, onRetry }: { readonly name: string; readonly onRetry: () => void }) {
  return (
    <div role="alert" className={classes['broken']}>
      <ExclamationTriangleIcon aria-hidden="true" />
      <Text size="sm">
        <strong>{name} cannot be shown.</strong> The answer of the service has a form that this page does not know. The
        rest of the page works, and servers are not affected.
      </Text>
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
