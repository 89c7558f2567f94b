/** What stands behind a cluster: its metric source and its scale target. */
export interface ClusterProvider {
  readonly type: 'simulator';
  /** Another simulator than the configured one. */
  readonly url?: string;
  /** The cluster's name at its provider; its own id where absent. */
  readonly ref?: string;
  /** The simulated cluster to be made when the provider does not know it. */
  readonly simulated?: SimulatedCluster;
}

export interface SimulatedCluster {
  readonly servers: number;
  /** CPU and memory in percent at the load that the cluster begins with. */
  readonly baseCpu: number;
  readonly baseMemory: number;
  readonly variance: number;
}
