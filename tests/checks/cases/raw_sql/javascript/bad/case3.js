async function f(prisma, id) {
  return prisma.$queryRawUnsafe("SELECT total FROM orders WHERE id = " + id);
}
