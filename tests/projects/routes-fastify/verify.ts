export async function verifyToken(request, reply) {
  if (!request.headers.authorization) return reply.code(401).send({ error: 'Unauthorized' });
}
