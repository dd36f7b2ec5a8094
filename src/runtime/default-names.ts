/**
 * Default names: the families of collectDefaultMetrics, as prom-client and the process collectors of Prometheus' own
 * client libraries call them, so that dashboards and alerts that were made for those keep working.
 */

/** A family before its prefix and labels. */
export interface DefaultName {
  readonly name: string;
  readonly help: string;
}

function named<const N extends string>(name: N, help: string): { readonly name: N; readonly help: string } {
  return { name, help };
}

export const CPU_USER = named('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.');
export const CPU_SYSTEM = named(
  'process_cpu_system_seconds_total',
  'Total system CPU time spent in seconds.',
);
export const CPU = named('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.');
export const START_TIME = named(
  'process_start_time_seconds',
  'Start time of the process since unix epoch in seconds.',
);
export const RESIDENT_MEMORY = named('process_resident_memory_bytes', 'Resident memory size in bytes.');
export const VIRTUAL_MEMORY = named('process_virtual_memory_bytes', 'Virtual memory size in bytes.');
export const VIRTUAL_MEMORY_MAX = named(
  'process_virtual_memory_max_bytes',
  'Maximum amount of virtual memory available in bytes.',
);
export const PROCESS_HEAP = named('process_heap_bytes', 'Process heap size in bytes.');
export const OPEN_FDS = named('process_open_fds', 'Number of open file descriptors.');
export const MAX_FDS = named('process_max_fds', 'Maximum number of open file descriptors.');
export const PROCESS_THREADS = named(
  'process_threads',
  'Number of operating system threads, those of the Node.js runtime included.',
);
export const NETWORK_RECEIVED = named(
  'process_network_receive_bytes_total',
  'Number of bytes received by the network namespace of the process.',
);
export const NETWORK_SENT = named(
  'process_network_transmit_bytes_total',
  'Number of bytes sent by the network namespace of the process.',
);

export const LAG = named('nodejs_eventloop_lag_seconds', 'Lag of event loop in seconds.');
export const LAG_MIN = named('nodejs_eventloop_lag_min_seconds', 'The minimum recorded event loop delay.');
export const LAG_MAX = named('nodejs_eventloop_lag_max_seconds', 'The maximum recorded event loop delay.');
export const LAG_MEAN = named(
  'nodejs_eventloop_lag_mean_seconds',
  'The mean of the recorded event loop delays.',
);
export const LAG_STDDEV = named(
  'nodejs_eventloop_lag_stddev_seconds',
  'The standard deviation of the recorded event loop delays.',
);

/** The quantiles of the event loop delay that have a family each. */
export const LAG_PERCENTILES = [50, 90, 99] as const;

export function lagPercentile(percentile: number): DefaultName {
  return named(
    `nodejs_eventloop_lag_p${percentile}_seconds`,
    `The ${percentile}th percentile of the recorded event loop delays.`,
  );
}

export const LOOP_TIME = named(
  'nodejs_eventloop_time_seconds_total',
  'Time that the event loop was active, running code, or idle, waiting for events.',
);
export const LOOP_UTILIZATION = named(
  'nodejs_eventloop_utilization_ratio',
  'Share of time since the last scrape that the event loop was active; of several threads the largest.',
);
const UTILIZATION_HELP =
  'Ratio of time the event loop is not idling in the event provider to the total time the event loop is running.';
export const UTILIZATION_SUMMARY = named('nodejs_eventloop_utilization_summary', UTILIZATION_HELP);
export const UTILIZATION_HISTOGRAM = named('nodejs_eventloop_utilization_histogram', UTILIZATION_HELP);

export const ACTIVE_RESOURCES = named(
  'nodejs_active_resources',
  'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
);
export const ACTIVE_RESOURCES_TOTAL = named(
  'nodejs_active_resources_total',
  'Total number of active resources.',
);
export const ACTIVE_HANDLES = named(
  'nodejs_active_handles',
  'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
);
export const ACTIVE_HANDLES_TOTAL = named('nodejs_active_handles_total', 'Total number of active handles.');
export const ACTIVE_REQUESTS = named(
  'nodejs_active_requests',
  'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
);
export const ACTIVE_REQUESTS_TOTAL = named(
  'nodejs_active_requests_total',
  'Total number of active requests.',
);

export const HEAP_TOTAL = named('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.');
export const HEAP_USED = named(
  'nodejs_heap_size_used_bytes',
  'Process heap size used from Node.js in bytes.',
);
export const EXTERNAL_MEMORY = named(
  'nodejs_external_memory_bytes',
  'Node.js external memory size in bytes.',
);

export function heapSpace(what: 'total' | 'used' | 'available'): DefaultName {
  return named(
    `nodejs_heap_space_size_${what}_bytes`,
    `Process heap space size ${what} from Node.js in bytes.`,
  );
}

export const VERSION = named('nodejs_version_info', 'Node.js version info.');
export const GC_DURATION = named(
  'nodejs_gc_duration_seconds',
  'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
);
