import Fastify from 'fastify';
import autoload from '@fastify/autoload';
import { join } from 'node:path';
import admin from './admin';

const app = Fastify();
app.register(admin, { prefix: '/admin' });
app.register(autoload, { dir: join(__dirname, 'routes'), options: { prefix: '/v1' } });
app.route({ method: ['GET', 'HEAD'], url: '/ping', handler: async () => 'pong' });
