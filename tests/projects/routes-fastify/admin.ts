import type { FastifyInstance } from 'fastify';
import { verifyToken } from './verify';

export default async function admin(instance: FastifyInstance) {
  instance.get('/users', async () => []);
  instance.addHook('onRequest', verifyToken);
}
