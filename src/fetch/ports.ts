// The Fetch Standard's bad ports (https://fetch.spec.whatwg.org/#port-blocking).
const badPorts = [
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]

// Where stores, brokers and the machinery around them listen. Many answer to a line of HTTP, some obey it.
const storePorts = [
  445, // SMB
  873, // rsync
  1433, // SQL Server
  1521, // Oracle
  1883, // MQTT
  2181, // ZooKeeper
  2375, // Docker
  2376,
  2377,
  2379, // etcd
  2380,
  3306, // MySQL
  3389, // RDP
  4369, // Erlang port mapper
  5432, // Postgres
  5433,
  5672, // AMQP
  5900, // VNC
  5984, // CouchDB
  6379, // Redis
  6380,
  6432, // PgBouncer
  7474, // Neo4j
  7687,
  8086, // InfluxDB
  8500, // Consul
  8529, // ArangoDB
  9042, // Cassandra
  9092, // Kafka
  9200, // Elasticsearch
  9300,
  10250, // kubelet
  10255,
  11211, // memcached
  16379, // Redis cluster
  26257, // CockroachDB
  26379, // Redis Sentinel
  27017, // MongoDB
  27018,
  27019,
  33060, // MySQL X
]

/** Ports no page is fetched from unless an allowance names them: the default of `BLOCKED_PORTS`. */
export const defaultBlockedPorts: ReadonlySet<number> = new Set([...badPorts, ...storePorts])

/** The port a URL leads to, its scheme's own where it names none. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}
