import { Injectable } from '@nestjs/common';

/** Set first at SIGTERM, so that load balancers stop sending requests before anything stops. */
@Injectable()
export class DrainState {
  private drains = false;

  get draining(): boolean {
    return this.drains;
  }

  begin(): void {
    this.drains = true;
  }
}
