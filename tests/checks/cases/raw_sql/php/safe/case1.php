<?php
$s = $pdo->prepare("SELECT total FROM orders WHERE id = ?");
$s->execute([$id]);
