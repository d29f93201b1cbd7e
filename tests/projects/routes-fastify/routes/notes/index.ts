export default async function (fastify) {
  fastify.get('/:id', async () => ({}));
}
