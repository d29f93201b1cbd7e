async function f(prisma, id) {
  return prisma.$queryRaw`SELECT total FROM orders WHERE id = ${id}`;
}
