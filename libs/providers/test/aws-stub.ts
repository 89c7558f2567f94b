import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  actionXml,
  groupXml,
  member,
  policyXml,
  type StubGroup,
  type StubInstance,
  type StubWriter,
} from './aws-stub.xml.js';

/** The answer instead: an error, none, a closed socket (`lost`: after the change was made), or text that cannot be parsed. */
export type StubFault =
  { readonly status: number; readonly code: string; readonly message?: string } | 'hang' | 'reset' | 'lost' | 'garbage';

export interface StubMetric {
  readonly name: string;
  readonly dimension: string;
  readonly period: number;
}

export interface StubSeries {
  /** Values by the start of their period, milliseconds since the epoch. */
  readonly points?: Readonly<Record<number, number>>;
  readonly status?: string;
  /** The rest of the points comes with a next page. */
  readonly pages?: number;
}

export interface StubRequest {
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly authorization: string;
}

/** The wire of three services of AWS, with the faults that an emulator does not have. */
export class AwsStub {
  readonly groups = new Map<string, StubGroup>();
  readonly requests: StubRequest[] = [];
  readonly writers: StubWriter[] = [];
  /** How many records a page has. */
  pageSize = 100;
  /** Whether new instances are listed at once: AWS takes some seconds. */
  isPrompt = true;
  expiration = new Date(Date.now() + 3_600_000);
  series: (metric: StubMetric) => StubSeries = () => ({});
  private readonly faults = new Map<string, { readonly fault: StubFault; times: number }>();
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private made = 0;

  static async start(): Promise<AwsStub> {
    const stub = new AwsStub();
    await new Promise<void>((resolve) => {
      stub.server.listen(0, '127.0.0.1', resolve);
    });
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A group of two instances in service. */
  add(name: string, change: Partial<StubGroup> = {}): void {
    const instances = [this.instance('InService'), this.instance('InService')];
    this.groups.set(name, { name, desired: 2, instances, ...change });
  }

  change(name: string, change: Partial<StubGroup>): void {
    this.groups.set(name, { ...this.groups.get(name)!, ...change });
  }

  /** @param action `*`: all */
  fail(action: string, fault: StubFault, times = Number.POSITIVE_INFINITY): void {
    this.faults.set(action, { fault, times });
  }

  /** What is under way is done. */
  settle(): void {
    for (const group of this.groups.values()) {
      const instances = group.instances
        .filter(({ state }) => state !== 'Terminating')
        .map((one) => (one.state === 'Pending' ? { ...one, state: 'InService' } : one));
      this.change(group.name, { instances });
    }
  }

  count(action: string): number {
    return this.requests.filter((request) => request.action === action).length;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private instance(state: string): StubInstance {
    this.made += 1;
    return { id: `i-${String(this.made).padStart(17, '0')}`, state };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const target = request.headers['x-amz-target'];
    const parameters: Record<string, unknown> =
      typeof target === 'string'
        ? (JSON.parse(body) as Record<string, unknown>)
        : Object.fromEntries(new URLSearchParams(body));
    const action = typeof target === 'string' ? target.split('.')[1]! : String(parameters['Action']);
    this.requests.push({ action, parameters, authorization: request.headers.authorization ?? '' });
    const fault = this.faultOf(action);
    if (fault === 'hang') return;
    if (fault === 'lost')
      this.setDesired(String(parameters['AutoScalingGroupName']), Number(parameters['DesiredCapacity']));
    if (fault === 'reset' || fault === 'lost') response.destroy();
    else if (fault === 'garbage') response.writeHead(200, { 'content-type': 'text/xml' }).end('<html>{"');
    else if (fault !== null) sendError(response, typeof target === 'string', fault);
    else if (typeof target === 'string') sendJson(response, this.metricData(parameters));
    else this.answerQuery(response, action, parameters as Record<string, string>);
  }

  private faultOf(action: string): StubFault | null {
    const known = this.faults.get(action) ?? this.faults.get('*');
    if (known === undefined || known.times <= 0) return null;
    known.times -= 1;
    return known.fault;
  }

  private answerQuery(response: ServerResponse, action: string, parameters: Record<string, string>): void {
    const group = parameters['AutoScalingGroupName'];
    switch (action) {
      case 'DescribeAutoScalingGroups': {
        const names = Object.keys(parameters)
          .filter((key) => key.startsWith('AutoScalingGroupNames.member.'))
          .map((key) => parameters[key]!);
        const found = names.flatMap((name) => this.groups.get(name) ?? []);
        return this.sendPage(response, action, 'AutoScalingGroups', found.map(groupXml), parameters);
      }
      case 'SetDesiredCapacity': {
        if (!this.groups.has(group ?? '')) {
          const message = 'AutoScalingGroup name not found - no such group';
          return sendError(response, false, { status: 400, code: 'ValidationError', message });
        }
        this.setDesired(group!, Number(parameters['DesiredCapacity']));
        return sendXml(response, action, '');
      }
      case 'DescribePolicies':
      case 'DescribeScheduledActions': {
        const isActions = action === 'DescribeScheduledActions';
        const items = this.writers
          .filter((one) => (one.type === 'scheduled') === isActions && (group === undefined || one.group === group))
          .map((one) => (isActions ? actionXml(one) : policyXml(one)));
        const list = isActions ? 'ScheduledUpdateGroupActions' : 'ScalingPolicies';
        return this.sendPage(response, action, list, items, parameters);
      }
      case 'GetCallerIdentity':
        return sendXml(response, action, '<Arn>arn:aws:iam::123456789012:user/autoscaler</Arn>');
      case 'AssumeRole': {
        const given =
          '<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>t</SessionToken>';
        const expiration = `<Expiration>${this.expiration.toISOString()}</Expiration>`;
        return sendXml(response, action, `<Credentials>${given}${expiration}</Credentials>`);
      }
      default:
        return sendError(response, false, { status: 400, code: 'InvalidAction', message: action });
    }
  }

  private setDesired(name: string, desired: number): void {
    const { instances } = this.groups.get(name)!;
    const members = instances.filter(({ state }) => state === 'InService' || state === 'Pending');
    const added = this.isPrompt ? Math.max(0, desired - members.length) : 0;
    const removed = new Set(members.slice(desired).map(({ id }) => id));
    const kept = instances.map((one) => (removed.has(one.id) ? { ...one, state: 'Terminating' } : one));
    const started = Array.from({ length: added }, () => this.instance('Pending'));
    this.change(name, { desired, instances: [...kept, ...started] });
  }

  private sendPage(
    response: ServerResponse,
    action: string,
    list: string,
    items: readonly string[],
    { NextToken: token = '0' }: Record<string, string>,
  ): void {
    const from = Number(token);
    const to = from + this.pageSize;
    const next = to < items.length ? `<NextToken>${to}</NextToken>` : '';
    sendXml(response, action, `<${list}>${items.slice(from, to).map(member).join('')}</${list}>${next}`);
  }

  private metricData(parameters: Readonly<Record<string, unknown>>): object {
    const { MetricDataQueries: queries, StartTime: from, EndTime: to, NextToken: token = '0' } = parameters;
    const page = Number(token);
    let isMore = false;
    const results = (queries as WireQuery[]).map(({ Id, MetricStat: { Metric, Period } }) => {
      const dimension = Metric.Dimensions?.[0]?.Value ?? '';
      const {
        points = {},
        status = 'Complete',
        pages = 1,
      } = this.series({
        name: Metric.MetricName,
        dimension,
        period: Period,
      });
      const times = Object.keys(points)
        .map(Number)
        .filter((time) => time >= Number(from) * 1000 && time < Number(to) * 1000)
        .toSorted((one, other) => other - one);
      const size = Math.ceil(times.length / pages);
      const part = times.slice(page * size, (page + 1) * size);
      const hasMore = page + 1 < pages;
      isMore ||= hasMore;
      return {
        Id,
        StatusCode: hasMore ? 'PartialData' : status,
        Timestamps: part.map((time) => time / 1000),
        Values: part.map((time) => points[time]),
      };
    });
    return { MetricDataResults: results, ...(isMore ? { NextToken: String(page + 1) } : {}) };
  }
}

interface WireQuery {
  readonly Id: string;
  readonly MetricStat: {
    readonly Period: number;
    readonly Metric: { readonly MetricName: string; readonly Dimensions?: readonly { readonly Value: string }[] };
  };
}

function sendXml(response: ServerResponse, action: string, result: string): void {
  const body = `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, isJson: boolean, fault: Exclude<StubFault, string>): void {
  const { status, code, message = 'no' } = fault;
  if (isJson) {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.cloudwatch#${code}`, message }));
    return;
  }
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  );
}
