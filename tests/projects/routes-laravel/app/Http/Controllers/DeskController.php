<?php

namespace App\Http\Controllers;

class DeskController
{
    public function open() {}

    public function close() {}

    public function __invoke() {}
}
