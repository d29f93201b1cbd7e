<?php

return ['prefix' => 'rest', 'currency' => env('CURRENCY', 'EUR')];
