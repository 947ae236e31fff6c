import django.contrib.postgres.operations
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # sign-ins go on while the index is built

    dependencies = [
        ('accounts', '0003_forgotten'),
    ]

    operations = [
        django.contrib.postgres.operations.AddIndexConcurrently(
            model_name='account',
            index=models.Index(django.db.models.functions.text.Lower('email'), condition=models.Q(('email_confirmed_at__isnull', False)), name='accounts_account_by_email'),
        ),
    ]
