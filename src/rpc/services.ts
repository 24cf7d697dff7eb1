import type { Engine } from '../operations/engine/engine.ts';
import { adminService } from './admin-service.ts';
import type { ServedService } from './handlers.ts';
import { healthService } from './health-service.ts';
import { reflectionServices } from './reflection-service.ts';
import type { ServingStatus } from './serving-status.ts';
import { sessionService } from './session-service.ts';

/** Creates all services of the port: the product's with an engine, and health and reflection beside them. */
export function createServices(engine: Engine, serving: ServingStatus): ServedService[] {
  const product = [sessionService(engine), adminService(engine)];
  const names = product.map(({ service }) => service.typeName);
  const described = [...product, healthService(serving, names)];
  return [...described, ...reflectionServices(described)];
}
